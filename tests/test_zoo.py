"""Checkpoints: what is saved comes back, what is damaged is named and refused, and nothing is unpickled."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import pickle
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from explorer import datasets, gallery_file, latent, storage, zoo
from explorer.models import build
from explorer.zoo import CheckpointError

FACTS = dict(
    title="A small VAE",
    dataset="digits",
    recipe={"id": "small", "epochs": 2, "seeds": [0], "corruptions": []},
    seed=0,
    epochs=2,
    images_seen=128,
    wall_clock_seconds=1.5,
    device="CPU, 1 thread, float32",
    curve=[{"epoch": 1, "loss": 3.5}, {"epoch": 2, "loss": 2.25}],
    terms="“free” — ½",
)
METRICS = {
    "mse": {"value": 0.25, "unit": "per pixel", "better": "lower", "how": "ß", "on": "test"},
    "kl_per_dimension": {"value": [0.5, 1.0], "unit": "nats", "better": None, "how": "mean", "on": "test"},
}
N = 12


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr(zoo, "PRETRAINED", tmp_path)
    return tmp_path


def small_model(seed: int = 0):
    torch.manual_seed(seed)
    return build("vae", dict(image_shape=[1, 8, 8], latent_dim=2, widths=[6], beta=4.0))


def gallery_arrays() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    pairs = ("z", "logvar", *zoo.MAP_METHODS)
    two = {name: rng.normal(size=(N, 2)).astype(np.float32) for name in pairs}
    one = {name: rng.random(N).astype(np.float32) for name in ("error", "kl")}
    return two | one | {"labels": np.arange(N, dtype=np.uint8)}


@pytest.fixture
def saved(folder) -> zoo.ModelCard:
    """A whole checkpoint `small` beside another one, `other`."""
    for model_id in ("other", "small"):
        made = zoo.save(small_model(), FACTS | {"id": model_id})
        sha256 = zoo.save_gallery(model_id, gallery_arrays())
        made = dataclasses.replace(made, metrics=METRICS, gallery_sha256=sha256)
        zoo.write_card(made)
    return made


def rewrite(folder: Path, name: str, content: bytes) -> None:
    """Put other content in a file of `small`, and its sha256 into the card: only the content is wrong."""
    (folder / "small" / name).write_bytes(content)
    field = {zoo.WEIGHTS: "sha256", zoo.GALLERY: "gallery_sha256"}[name]
    zoo.write_card(dataclasses.replace(zoo.card("small"), **{field: hashlib.sha256(content).hexdigest()}))


def loose(arrays: dict[str, np.ndarray]) -> bytes:
    """A gallery's file of arrays as they are."""
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def refused(call) -> str:
    with pytest.raises(CheckpointError) as caught:
        call("small")
    said = str(caught.value)
    assert "\n" not in said and said.rstrip().endswith(".") and "small" in said
    assert zoo.load("other") is not None and set(zoo.gallery("other").maps) == {"tsne", "umap"}
    assert "other" in zoo.cards()
    return said


# Round trips


def test_a_saved_model_comes_back_with_its_card(saved, folder):
    model = zoo.load("small")
    for name, tensor in small_model().state_dict().items():
        assert torch.equal(model.state_dict()[name], tensor)
    assert not model.training and not any(p.requires_grad for p in model.parameters())
    assert model.arguments == small_model().arguments and model.beta == 4.0
    assert zoo.card("small") == saved == zoo.cards()["small"]
    assert (saved.family, saved.parameters) == ("vae", small_model().parameter_count)
    assert saved.sha256 == hashlib.sha256((folder / "small" / zoo.WEIGHTS).read_bytes()).hexdigest()
    assert zoo.broken() == {}


@pytest.mark.parametrize("dtype, near", [(torch.float32, 0), (torch.float16, 1e-3), (torch.int8, 1e-2)])
def test_whatever_the_file_holds_a_model_has_float32_tensors_of_its_own(folder, dtype, near):
    zoo.save(small_model(), FACTS | {"id": "small"}, dtype)
    path = folder / "small" / zoo.WEIGHTS
    assert dtype in {t.dtype for t in storage.from_bytes(path.read_bytes()).values()}
    model, again = zoo.load("small"), zoo.load("small")
    before = {name: t.clone() for name, t in model.state_dict().items()}
    with open(path, "r+b") as file:  # in place: a mapped file would change under the model
        file.write(bytes(path.stat().st_size))
    next(again.parameters()).zero_()
    for name, tensor in model.state_dict().items():
        assert tensor.dtype == torch.float32 and torch.equal(tensor, before[name])
        torch.testing.assert_close(tensor, small_model().state_dict()[name], rtol=0, atol=near)


@pytest.mark.parametrize("changes", [{}, {"metrics": {}, "gallery_sha256": None}, {"curve": []}])
def test_a_written_card_parses_back_equal_and_reads_line_by_line(saved, folder, changes):
    card = dataclasses.replace(saved, **changes)
    zoo.write_card(card)
    text = (folder / "small" / zoo.CARD).read_text(encoding="utf-8")
    assert zoo.card("small") == card and json.loads(text) == dataclasses.asdict(card)
    lines = len(dataclasses.fields(card)) + 2
    lines += sum(len(part) + 1 for part in (card.curve, card.metrics) if part)
    assert text.count("\n") == lines and str(folder) not in text


def test_a_card_with_a_number_that_is_not_finite_is_not_written(saved, folder):
    before = (folder / "small" / zoo.CARD).read_bytes()
    with pytest.raises(ValueError):
        zoo.write_card(dataclasses.replace(saved, wall_clock_seconds=float("nan")))
    assert (folder / "small" / zoo.CARD).read_bytes() == before


def test_a_gallery_comes_back(saved):
    made, found = gallery_arrays(), zoo.gallery("small")
    for name in ("z", "logvar"):
        array, step = getattr(found, name), np.ptp(made[name], axis=0) / 4095
        assert array.dtype == np.float32 and (abs(array - made[name]) <= step * 0.501).all()
        np.testing.assert_array_equal(array.min(axis=0), made[name].min(axis=0))
    for name in ("error", "kl"):
        array = getattr(found, name)
        assert array.dtype == np.float32
        np.testing.assert_allclose(array, made[name], rtol=2**-8 + 2**-11, atol=1e-4)
    np.testing.assert_array_equal(found.labels, made["labels"])
    assert found.labels.dtype == np.int64 and set(found.maps) == set(zoo.MAP_METHODS)
    np.testing.assert_allclose(found.maps["umap"], made["umap"], rtol=2**-8 + 2**-11, atol=1e-4)


def test_codes_that_do_not_vary_and_exact_zeros_come_back_exactly():
    codes = np.random.default_rng(0).normal(size=(50, 4)).clip(0).astype(np.float32)
    codes[:, 3] = -7.25
    stored = gallery_file.as_stored(codes)
    np.testing.assert_array_equal(stored, gallery_file.unpack(gallery_file.pack({"z": codes}))["z"])
    np.testing.assert_array_equal(stored[:, 3], codes[:, 3])
    np.testing.assert_array_equal((stored == 0)[:, :3], (codes < np.ptp(codes, axis=0) / 510)[:, :3])


def test_a_plain_autoencoders_gallery_has_no_posterior(saved, folder):
    arrays = {n: a for n, a in gallery_arrays().items() if n not in ("logvar", "kl")}
    rewrite(folder, zoo.GALLERY, gallery_file.pack(arrays))
    assert zoo.gallery("small").logvar is None and zoo.gallery("small").kl is None


def test_no_folder_is_no_model(folder, monkeypatch):
    monkeypatch.setattr(zoo, "PRETRAINED", folder / "none")
    assert zoo.cards() == {} and zoo.broken() == {}


# Damaged cards


def changed_card(**changes):
    def damage(path: Path) -> None:
        content = json.loads(path.read_bytes()) | changes
        path.write_text(json.dumps({k: v for k, v in content.items() if v != "gone"}))

    return damage


CARDS = {
    "missing": (Path.unlink, "cannot be read (No such file or directory)"),
    "empty": (lambda path: path.write_bytes(b""), "is not a model card ("),
    "truncated": (lambda path: path.write_bytes(path.read_bytes()[:300]), "is not a model card ("),
    "not text": (lambda path: path.write_bytes(b"\xff\xfe\x00\x80" * 9), "is not a model card ("),
    "a list": (lambda path: path.write_text("[1, 2]"), "fields that a card does not have"),
    "nested": (lambda path: path.write_text("[" * 100_000), "is not a model card ("),
    "extra field": (changed_card(path="/etc/passwd"), "fields that a card does not have"),
    "field gone": (changed_card(seed="gone"), "missing 1 required positional argument: 'seed'"),
    "wrong type": (changed_card(curve=None), "its curve is of type NoneType"),
    "wrong number": (changed_card(epochs="many"), "its epochs is of type str"),
    "other id": (changed_card(id="other"), "is the card of 'other'"),
}


@pytest.mark.parametrize("damage, words", CARDS.values(), ids=CARDS)
def test_a_damaged_card_is_named_and_the_other_model_goes_on(saved, folder, damage, words):
    damage(folder / "small" / zoo.CARD)
    for call in (zoo.card, zoo.load, zoo.gallery):
        said = refused(call)
        assert said.startswith("small/card.json ") and words in said
    assert set(zoo.cards()) == {"other"} and zoo.broken() == {"small": said}


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"family": "gan"}, "model family 'gan' is not known"),
        ({"arguments": {"latent_dim": 2}}, "argument: 'image_shape'"),
        ({"arguments": dict(image_shape=[1, 8], latent_dim=2)}, "not enough values"),
        ({"arguments": dict(image_shape=[1, 8, 8], latent_dim=-2)}, "negative dimension"),
        ({"arguments": dict(image_shape=[1, 8, 8], latent_dim=2, depth=3)}, "unexpected keyword"),
        ({"arguments": dict(image_shape=[1, 8, 8], latent_dim=2, activation="gelu")}, "'gelu' is not known"),
    ],
)
def test_a_card_that_describes_no_model_is_named_when_it_is_loaded(saved, folder, changes, words):
    changed_card(**changes)(folder / "small" / zoo.CARD)
    said = refused(zoo.load)
    assert said.startswith("small/card.json describes no model that can be built (") and words in said
    assert set(zoo.cards()) == {"other", "small"}


# Damaged weights


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-10] ^= 1
    path.write_bytes(content)


FILES = {
    "missing": (Path.unlink, "cannot be read (No such file or directory)"),
    "truncated": (lambda path: path.write_bytes(path.read_bytes()[:-20]), "does not have the sha256"),
    "empty": (lambda path: path.write_bytes(b""), "does not have the sha256"),
    "altered": (flip, "does not have the sha256"),
    "a folder": (lambda path: (path.unlink(), path.mkdir()), "cannot be read (Is a directory)"),
}


@pytest.mark.parametrize("damage, words", FILES.values(), ids=FILES)
@pytest.mark.parametrize("name, call", [(zoo.WEIGHTS, zoo.load), (zoo.GALLERY, zoo.gallery)])
def test_a_file_that_is_not_the_cards_is_named(saved, folder, name, call, damage, words):
    damage(folder / "small" / name)
    said = refused(call)
    assert said.startswith(f"small/{name} ") and words in said
    assert set(zoo.cards()) == {"other", "small"} and zoo.broken() == {}


def renamed(tensors):
    return {("decoder.9.bias" if n == "decoder.2.bias" else n): t for n, t in tensors.items()}


WEIGHTS = {
    "names": (renamed, 'Missing key(s) in state_dict: "decoder.2.bias"'),
    "one more": (lambda ts: ts | {"extra": torch.zeros(2)}, 'Unexpected key(s) in state_dict: "extra"'),
    "shapes": (lambda ts: ts | {"decoder.2.bias": torch.zeros(3)}, "size mismatch for decoder.2.bias"),
    "nan": (lambda ts: ts | {"decoder.2.bias": torch.full((64,), torch.nan)}, "non-finite values"),
    "infinite": (lambda ts: ts | {"encoder.1.bias": torch.full((6,), -torch.inf)}, "non-finite values"),
}


@pytest.mark.parametrize("damage, words", WEIGHTS.values(), ids=WEIGHTS)
def test_weights_that_do_not_fit_are_named(saved, folder, damage, words):
    rewrite(folder, zoo.WEIGHTS, storage.to_bytes(damage(dict(small_model().state_dict()))))
    said = refused(zoo.load)
    assert said.startswith(f"small/{zoo.WEIGHTS}") and words in said


@pytest.fixture
def no_unpickling(monkeypatch) -> None:
    def forbidden(*_: object, **__: object) -> None:
        pytest.fail("something was unpickled")

    for name in ("load", "loads", "Unpickler", "_Unpickler"):
        monkeypatch.setattr(pickle, name, forbidden)


class Trap:
    """Unpickling it would write a file."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


@pytest.mark.parametrize("name, call", [(zoo.WEIGHTS, zoo.load), (zoo.GALLERY, zoo.gallery)])
@pytest.mark.parametrize("kind", ["pickle", "torch", "object arrays", "array", "nonsense"])
def test_a_pickle_in_the_place_of_a_file_is_refused_unread(saved, folder, name, call, kind, no_unpickling):
    trap = folder / "sprung"
    if kind == "pickle":
        content = pickle.dumps(Trap(trap))
    elif kind == "torch":
        torch.save({"z": torch.zeros(2)}, folder / "made.pt")
        content = (folder / "made.pt").read_bytes()
    elif kind == "object arrays":
        content = loose(gallery_arrays() | {"z": np.array([Trap(trap)] * N, dtype=object)})
    elif kind == "array":
        np.save(folder / "made.npy", np.zeros((N, 2)))
        content = (folder / "made.npy").read_bytes()
    else:
        content = b"\0" * 4096
    trap.unlink(missing_ok=True)  # pickling opens nothing, but let there be no doubt
    rewrite(folder, name, content)
    assert refused(call).startswith(f"small/{name} ")
    assert not trap.exists()


# Damaged galleries


def without(*names):
    return lambda arrays: {n: a for n, a in arrays.items() if n not in names}


def longer(name):
    return lambda arrays: arrays | {name: np.concatenate([arrays[name]] * 2)}


def not_finite(name):
    return lambda arrays: arrays | {name: np.float32([np.nan, *arrays[name][1:]])}


GALLERIES = {
    "no codes": (without("z"), "it lacks z"),
    "no labels, no errors": (without("labels", "error"), "it lacks error, labels"),
    "other width": (lambda arrays: arrays | {"z": np.zeros((N, 3), np.float32)}, "z has shape (12, 3)"),
    "other length": (longer("kl"), "kl has shape (24,)"),
    "map of another length": (longer("umap"), "umap has shape (24, 2)"),
    "labels of another length": (longer("labels"), "does not fit the model and 24 images"),
    "not finite": (not_finite("error"), "error holds values that are not finite"),
    "a range of nothing": (lambda arrays: arrays | {"y.range": np.zeros((2, 2))}, "a range of y, but no y"),
    "text": (lambda arrays: arrays | {"error": np.array(["a"] * N)}, "error is no array of numbers"),
}


@pytest.mark.parametrize("damage, words", GALLERIES.values(), ids=GALLERIES)
def test_a_gallery_that_does_not_fit_is_named(saved, folder, damage, words, no_unpickling):
    rewrite(folder, zoo.GALLERY, loose(damage(gallery_arrays())))
    said = refused(zoo.gallery)
    assert said.startswith("small/gallery.npz is damaged (") and words in said


@pytest.fixture
def left_out(saved, monkeypatch) -> None:
    """The gallery of `small`, written anew without its codes."""
    monkeypatch.setattr(zoo, "WIDEST_EMBEDDED", {"mlp": 1})
    arrays = gallery_arrays()
    count = len(datasets.get("digits").split("gallery"))
    whole = {name: np.resize(array, (count, *array.shape[1:])) for name, array in arrays.items()}
    zoo.write_card(dataclasses.replace(saved, gallery_sha256=zoo.save_gallery("small", whole)))


def test_codes_too_wide_to_be_stored_are_computed_of_the_images(left_out, folder):
    with np.load(folder / "small" / zoo.GALLERY) as stored:
        assert not {"z", "logvar"} & set(stored.files)
    mean, logvar = latent.encode(small_model().eval(), datasets.get("digits").split("gallery").pixels())
    gallery = zoo.gallery("small")
    np.testing.assert_array_equal(gallery.z, gallery_file.as_stored(mean))
    np.testing.assert_array_equal(gallery.logvar, gallery_file.as_stored(logvar))


def test_without_the_images_such_codes_are_missed_with_a_sentence(left_out, monkeypatch):
    def missing(name: str) -> None:
        raise datasets.DatasetUnavailable("The files of Digits are not here: press Fetch.")

    absent = SimpleNamespace(embedded=True, split=missing)
    monkeypatch.setattr(zoo.datasets, "get", lambda name: absent)
    with pytest.raises(CheckpointError) as caught:
        zoo.gallery("small")
    assert str(caught.value) == (
        "small has codes of 2 numbers, which are computed of the gallery's images: "
        "The files of Digits are not here: press Fetch."
    )


def test_a_model_that_is_not_measured_yet_says_so(folder, saved):
    zoo.save(small_model(), FACTS | {"id": "small"})  # trained again: the old gallery is no longer its own
    said = refused(zoo.gallery)
    assert said == "small/gallery.npz is not made yet: run `python -m training.evaluate small`."
