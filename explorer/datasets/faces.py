"""Labeled Faces in the Wild, cropped to the face: 13,233 colour photographs 64x64 of 5,749 people.

The set has names and nothing else, and a name is no use on a map (most occur once). So the label is
measured on the picture: how bright it is, and which half is the brighter one, which follows light and pose.
"""

from __future__ import annotations

import hashlib
import io
import zipfile

import numpy as np

from explorer.datasets.base import Dataset, DatasetUnavailable, Split
from explorer.datasets.store import DataFile, data_folder, read

_SITE = "https://conradsanderson.id.au/lfwcrop/"
#: LFWcrop in colour as its authors publish it; its size is a rounded estimate and its digest is not known:
#: `PIXELS` is checked instead.
PUBLISHED = DataFile("faces/lfwcrop_color.zip", 150_000_000, "", _SITE + "lfwcrop_color.zip", exact=False)
#: The same pictures as differences of planes, half as large; preferred where both lie in the data folder.
PARTS = (
    DataFile(
        "faces_lfwcrop_color_1.npz",
        31157092,
        "sha256:36a27ea8b0737c1ef5db0fdbb3e5e20b711e39e62967b12904c96b399bb537e7",
        PUBLISHED.url,
    ),
    DataFile(
        "faces_lfwcrop_color_2.npz",
        31176584,
        "sha256:1d201dcfcd07dfec07eab4fdfe794449ecc3f338c74eab0589b8c9791b453f7c",
        PUBLISHED.url,
    ),
)
#: sha256 of all pixels, uint8 (13233, 64, 64, 3), in the order of the file names.
PIXELS = "540393050cf50777357c966bebfc074de9a4ff68f102c355d8d071acf4a7f823"
GALLERY_SIZE = TEST_SIZE = 1300
#: People with more pictures than this stay in the training split: one of them would be half a gallery.
MOST_PICTURES = 20
_SEED = 20240229
_SIDE = 64
_LUMA = np.float32([0.299, 0.587, 0.114])  # ITU-R BT.601
#: Bounds of the labels, near the thirds of the set: mean luma in [0, 1], and (right - left) / mean.
BRIGHTNESS, SIDE = (0.46, 0.54), (-0.08, 0.08)


class Faces(Dataset):
    """Colour faces. Gallery and test split: 1,300 pictures each, of people who occur in no other split."""

    id = "faces"
    title = "Faces (LFWcrop)"
    image_shape = (3, _SIDE, _SIDE)
    label_names = tuple(
        f"{brightness} face, lit {side}"
        for brightness in ("dark", "medium", "bright")
        for side in ("left", "evenly", "right")
    )
    source = (
        "Huang, Ramesh, Berg, Learned-Miller, Labeled Faces in the Wild (2007), cropped by Sanderson, Lovell "
        "(LFWcrop, 2009); labels computed from the pixels: mean brightness and the brighter half"
    )
    terms = (
        "press photographs of real people, no licence stated: research and demonstration only, "
        "not for recognising anyone"
    )
    files = (PUBLISHED,)

    def _load(self, name: str) -> Split:
        parts = all((data_folder() / part.path).is_file() for part in PARTS)
        images = _from_parts(name) if parts else _from_published(name)
        images = np.ascontiguousarray(images.transpose(0, 3, 1, 2))
        return Split(images, light(images))


def light(images: np.ndarray) -> np.ndarray:
    """Label of each picture uint8 (N, 3, H, W), int64 (N,): 3 * (which brightness) + (which half)."""
    rows = [np.tensordot(_LUMA, batch.transpose(1, 0, 2, 3), 1).mean(axis=1) for batch in _batches(images)]
    columns = np.concatenate(rows) if rows else np.zeros((0, images.shape[3]), np.float32)  # (N, W)
    half = images.shape[3] // 2
    mean = columns.mean(axis=1)
    side = (columns[:, half:].mean(axis=1) - columns[:, :half].mean(axis=1)) / np.maximum(mean, 1)
    return (3 * np.digitize(mean / 255, BRIGHTNESS) + np.digitize(side, SIDE)).astype(np.int64)


def _batches(images: np.ndarray) -> list[np.ndarray]:
    return [images[start : start + 1000] for start in range(0, len(images), 1000)]


def split_indices(names: np.ndarray, name: str) -> np.ndarray:
    """Indices of a split, ascending; names (N,) are file names without ending, `Some_One_0001`.

    People in an order by a fixed seed go to the gallery while they fit, then to the test split, the rest to
    training: no one is in two splits.
    """
    people = np.char.rpartition(names, "_")[:, 0]
    _, person, count = np.unique(people, return_inverse=True, return_counts=True)
    part = np.zeros(len(count), np.int64)  # training
    room = {1: GALLERY_SIZE, 2: TEST_SIZE}
    for one in np.random.default_rng(_SEED).permutation(len(count)):
        for number in room:
            if count[one] <= min(room[number], MOST_PICTURES):
                part[one] = number
                room[number] -= count[one]
                break
    return np.flatnonzero(part[person] == ("train", "gallery", "test").index(name))


def _from_parts(name: str) -> np.ndarray:
    """Pictures uint8 (N, 64, 64, 3) of a split out of the two packed files.

    They hold the planes G, R - G and B - G as differences along both axes, modulo 256.
    """
    try:
        archives = [np.load(io.BytesIO(read(part)), allow_pickle=False) for part in PARTS]
        names = np.concatenate([archive["name"] for archive in archives])
        chosen = split_indices(names, name)
        delta = np.concatenate([archive["delta"] for archive in archives], axis=1)[:, chosen]
    except (ValueError, KeyError, zipfile.BadZipFile) as error:
        raise _unreadable(PARTS[0], error) from error
    green, red, blue = delta.cumsum(2, dtype=np.uint8).cumsum(3, dtype=np.uint8)
    return np.stack([red + green, green, blue + green], axis=-1)


def _from_published(name: str) -> np.ndarray:
    """The same out of the published archive of PPM files, after a look at the digest of all pixels."""
    try:
        with zipfile.ZipFile(io.BytesIO(read(PUBLISHED))) as archive:
            found = {p.rpartition("/")[2][:-4]: p for p in archive.namelist() if p.endswith(".ppm")}
            names = np.array(sorted(found))
            pixels = b"".join(archive.read(found[each])[-3 * _SIDE**2 :] for each in names)
    except (ValueError, zipfile.BadZipFile, EOFError) as error:
        raise _unreadable(PUBLISHED, error) from error
    if hashlib.sha256(pixels).hexdigest() != PIXELS:
        raise DatasetUnavailable(
            f"{data_folder() / PUBLISHED.path} does not hold the published pictures, so it was altered or "
            f"cut off: delete it and fetch it again from {PUBLISHED.url}."
        )
    images = np.frombuffer(pixels, np.uint8).reshape(-1, _SIDE, _SIDE, 3)
    return images[split_indices(names, name)]


def _unreadable(file: DataFile, error: Exception) -> DatasetUnavailable:
    return DatasetUnavailable(
        f"{data_folder() / file.path} is no archive of pictures ({error}): "
        f"delete it and fetch it again from {file.url}."
    )
