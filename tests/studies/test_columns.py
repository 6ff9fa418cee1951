"""What a unit adds: columns against the model's own pictures; use and number against their definitions."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer.models import build
from explorer.studies import columns

SHAPE = dict(image_shape=[1, 8, 8], widths=[16])
LINEAR = SHAPE | dict(widths=[], output="identity")


def made(family: str, **more: object):
    torch.manual_seed(0)
    return build(family, SHAPE | dict(latent_dim=5) | more).eval()


@pytest.mark.parametrize("family", ["autoencoder", "sparse"])
def test_a_linear_picture_is_the_bias_and_the_columns_in_their_amounts(family):
    model = made(family, **LINEAR)
    z = np.random.default_rng(0).random((3, 5), dtype=np.float32)
    parts = np.einsum("bl,lchw->bchw", z, columns.of_decoder(model))
    bias = model.decoder[0].bias.detach().numpy().reshape(1, 1, 8, 8)
    with torch.no_grad():
        assert bias + parts == pytest.approx(model.decode(torch.from_numpy(z)).numpy(), abs=1e-5)


def test_only_one_layer_without_a_sigmoid_is_linear():
    assert columns.linear(made("autoencoder", **LINEAR))
    assert not columns.linear(made("autoencoder", widths=[]))  # a sigmoid behind it
    assert not columns.linear(made("autoencoder", output="identity"))  # a hidden layer
    with pytest.raises(ValueError, match="more than one layer"):
        columns.of_decoder(made("autoencoder"))


def test_a_unit_step_is_the_column_where_there_is_one_and_else_depends_on_the_code():
    z = np.random.default_rng(1).random(5, dtype=np.float32)
    model = made("sparse", **LINEAR)
    assert columns.unit_steps(model, z) == pytest.approx(columns.of_decoder(model), abs=1e-5)
    deep = made("autoencoder")
    at_z, elsewhere = columns.unit_steps(deep, z), columns.unit_steps(deep, z + 3)
    with torch.no_grad():
        both = deep.decode(torch.from_numpy(np.stack([z, z + np.eye(5, dtype=np.float32)[2]]))).numpy()
    assert at_z[2] == pytest.approx(both[1] - both[0], abs=1e-6)
    assert np.abs(at_z - elsewhere).max() > 1e-4


def test_a_unit_step_of_a_model_that_is_told_the_class_is_of_that_class():
    told = made("conditional", binary=True)
    torch.nn.init.normal_(told.decoder[-2].weight)
    z = np.zeros(5, np.float32)
    three, eight = (columns.unit_steps(told, z, label) for label in (3, 8))
    assert three.shape == (5, 1, 8, 8) and np.abs(three - eight).max() > 1e-4


def test_use_is_the_standard_deviation_of_what_a_unit_adds_and_free_of_scale():
    random = np.random.default_rng(2)
    codes, shapes = random.random((400, 5)), random.standard_normal((5, 1, 8, 8))
    added = codes[:, 3, None] * shapes[3].ravel()  # (400, 64): what unit 3 adds to each picture
    expected = np.sqrt(((added - added.mean(axis=0)) ** 2).sum(axis=1).mean())
    assert columns.use(codes, shapes)[3] == pytest.approx(expected)
    assert columns.use(codes * 10, shapes / 10) == pytest.approx(columns.use(codes, shapes))


def test_the_effective_number_counts_units_that_work_alike():
    z = np.zeros((3, 8))
    z[0, :3], z[1, :3], z[1, 3] = 2.0, [1, -1, 1], -1
    assert columns.participation(z) == pytest.approx([3, 4, 0])
    uneven = np.array([3.0, 1.0, 0.5])
    assert columns.participation(uneven) == pytest.approx(4.5**2 / (9 + 1 + 0.25))
    assert columns.participation(7 * uneven) == pytest.approx(columns.participation(uneven))
