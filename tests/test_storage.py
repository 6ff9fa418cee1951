"""Weights on disk: what is stored comes back as near as its type allows, and owns its memory."""

from __future__ import annotations

import pytest
import torch

from explorer.storage import BLOCK, LEVELS, TYPES, compress, expand, from_bytes, rounded, to_bytes


def weights() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return {
        "a.weight": torch.randn(7, 3, 4, 5, generator=generator),  # 60 columns: two blocks, one part-filled
        "b.weight": torch.randn(5, 2 * BLOCK, generator=generator) * torch.logspace(-3, 3, 5)[:, None],
        "b.bias": torch.randn(5, generator=generator),
        "zero.weight": torch.zeros(2, 40),
    }


@pytest.mark.parametrize("dtype", TYPES)
def test_round_trip_is_as_near_as_the_type(dtype):
    state = weights()
    back = expand(compress(state, dtype))
    assert back.keys() == state.keys()
    for name, tensor in state.items():
        assert back[name].dtype is torch.float32 and back[name].shape == tensor.shape
        rows, kept = tensor.reshape(len(tensor), -1), back[name].reshape(len(tensor), -1)
        if dtype is torch.int8 and tensor.ndim >= 2:
            for start in range(0, rows.shape[1], BLOCK):
                block, near = rows[:, start : start + BLOCK], kept[:, start : start + BLOCK]
                largest = block.abs().amax(dim=1, keepdim=True)
                # half a step of 1/127 of the block's largest, and float16's rounding of the scale
                assert ((block - near).abs() <= largest * (0.5 / 127 + 1e-3) + 1e-7).all()
        else:
            step = 0 if dtype is torch.float32 else 2.0**-11
            assert ((rows - kept).abs() <= rows.abs() * step + 1e-7).all()


def test_a_byte_a_weight_takes_about_half_of_float16():
    state = {"w": torch.randn(64, 256)}
    size = {d: sum(t.numel() * t.element_size() for t in compress(state, d).values()) for d in TYPES}
    assert size[torch.int8] == 64 * 256 * (1 + 2 / BLOCK)
    assert size[torch.float16] == 2 * 64 * 256


@pytest.mark.parametrize("levels", [1, 7, 15, LEVELS])
def test_fewer_levels_are_fewer_values_and_a_smaller_file(levels):
    state = {"w": torch.randn(64, 256, generator=torch.Generator().manual_seed(0))}
    stored = compress(state, torch.int8, levels)
    assert set(stored["w"].unique().tolist()) == set(range(-levels, levels + 1))
    torch.testing.assert_close(expand(stored)["w"], rounded(state["w"], levels), rtol=0, atol=0)
    bits = 8 * len(to_bytes(stored)) / (64 * 256)
    assert bits < torch.tensor(2.0 * levels + 1).log2() + 16 / BLOCK + 0.7


def test_the_file_is_the_same_each_time_and_comes_back():
    stored = compress(weights(), torch.int8)
    content = to_bytes(stored)
    assert content == to_bytes(stored)
    back = from_bytes(content)
    assert back.keys() == stored.keys() and all(torch.equal(back[n], stored[n]) for n in stored)


@pytest.mark.parametrize(
    "damage", [lambda c: b"", lambda c: c[:-9], lambda c: c[:60] + c[70:], lambda c: c[30:]]
)
def test_a_damaged_file_is_refused(damage):
    with pytest.raises(ValueError):
        from_bytes(damage(to_bytes(compress(weights(), torch.int8))))


@pytest.mark.parametrize("levels", [0, 128])
def test_levels_that_no_byte_holds_are_refused(levels):
    with pytest.raises(ValueError, match=str(levels)):
        compress(weights(), torch.int8, levels)


def test_expanded_weights_own_their_memory():
    stored = compress(weights(), torch.float32)
    back = expand(stored)
    back["b.bias"].zero_()
    assert stored["b.bias"].any()


def test_a_missing_scale_is_refused():
    stored = compress(weights(), torch.int8)
    del stored["b.weight.scale"]
    with pytest.raises(ValueError, match="b.weight"):
        expand(stored)


def test_another_type_is_refused():
    with pytest.raises(ValueError, match="bfloat16"):
        compress(weights(), torch.bfloat16)


def test_a_scale_without_its_matrix_is_refused():
    stored = compress(weights(), torch.float16)
    with pytest.raises(ValueError, match="c.weight.scale"):
        expand(stored | {"c.weight.scale": torch.ones(2, 2)})
