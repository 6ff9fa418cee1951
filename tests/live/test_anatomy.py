"""The diagram: its terms in JavaScript against torch, and what goes to the browser."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from playwright.sync_api import Browser
from torch.distributions import Normal, kl_divergence

from explorer.live import anatomy as module
from explorer.live.anatomy import BoxWords, anatomy, decode_box
from explorer.live.join import join
from explorer.studies.anatomy import BOXES
from tests.live.test_pack import read

Run = Callable[..., Any]


@pytest.fixture(scope="module")
def js(browser: Browser) -> Iterator[Run]:
    """`js(body, data)` runs `body` on the module `anatomy_terms` as `m` and the data `d`."""
    page = browser.new_page()
    address = "data:text/javascript;base64," + base64.b64encode(join("anatomy_terms").encode()).decode()

    def run(body: str, data: Any = None) -> Any:
        return page.evaluate(f"async ([a, d]) => {{ const m = await import(a); {body} }}", [address, data])

    yield run
    page.close()


def test_errors_are_torchs(js: Run) -> None:
    random = np.random.default_rng(0)
    x = np.append(random.uniform(size=60), [0, 1, 0, 1, 0.5])
    p = np.append(random.uniform(size=60), [0, 1, 1, 0, 0.5]).astype(np.float32)  # certain, right and wrong
    target, prediction = torch.from_numpy(x), torch.from_numpy(p.astype(np.float64))
    data = {"x": x.tolist(), "p": p.tolist()}
    found = js("return [m.crossEntropy(d.x, d.p), m.squaredError(d.x, d.p)];", data)
    assert found[0] == pytest.approx(float(F.binary_cross_entropy(prediction, target, reduction="sum")))
    assert found[0] > 200  # PyTorch bounds the logarithm of 0 by −100, twice
    assert found[1] == pytest.approx(float(F.mse_loss(prediction, target, reduction="sum")))


def test_the_kl_is_torchs_divergence(js: Run) -> None:
    random = np.random.default_rng(1)
    mean, std = random.normal(size=20), np.exp(random.normal(size=20))
    expected = kl_divergence(Normal(torch.from_numpy(mean), torch.from_numpy(std)), Normal(0.0, 1.0))
    found = js("return m.klOfEach(d.mean, d.std);", {"mean": mean.tolist(), "std": std.tolist()})
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-10)
    assert js("return m.total(new Float32Array([0.5, 2, -1]));") == 1.5


GIVEN = dict(
    mean="mean", code="code", boxes={name: BoxWords(name.title()) for name in BOXES}, opened="", size=12,
    shape=(1, 2, 2), order=range(12), active=False, reach=3, positive=False, image=np.zeros((1, 2, 2)),
    std=np.ones(12), eps=np.zeros(12), noise=True, bernoulli=True, second="kl", weight=1, unit="", words={},
)  # fmt: skip


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What `anatomy` hands to the browser."""
    got: list[bytes] = []
    monkeypatch.setattr(module, "component", lambda name: lambda **given: got.append(given["data"]))
    return got


def test_the_message_holds_the_passage(sent: list[bytes]) -> None:
    anatomy("k", **GIVEN)
    meta, arrays = read(sent[0])
    assert set(meta["boxes"]) == set(BOXES) and meta["order"] == list(range(8)) and meta["size"] == 12
    assert set(arrays) == {"x", "std", "eps"}
    anatomy("k", **GIVEN | {"std": None, "eps": None, "image": None})
    assert read(sent[1])[1] == {}


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [({"boxes": {}}, "has the boxes"), ({"eps": None}, "std and eps"), ({"eps": np.zeros(3)}, "std and eps")],
)
def test_what_does_not_fit_is_refused(sent: list[bytes], wrong: dict, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        anatomy("k", **GIVEN | wrong)


def test_only_boxes_that_are_there_open() -> None:
    assert decode_box({"box": "encoder"}) == "encoder"
    for message in ({"box": "attic"}, {}, None, "encoder", {"box": ["encoder"]}):
        with pytest.raises(ValueError, match="reload"):
            decode_box(message)
