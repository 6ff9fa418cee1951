"""dSprites, the published benchmark: the factorial of every fourth orientation and every second place."""

from __future__ import annotations

import io
import zipfile

import numpy as np

from explorer.datasets.base import Dataset, DatasetUnavailable, Split
from explorer.datasets.factorial import factor_table, split_indices
from explorer.datasets.store import DataFile, data_folder, read

#: The published array. Only a rounded size and the sha1 that public loaders check are known of it.
PUBLISHED = DataFile(
    "dsprites/dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz",
    26_000_000,
    "sha1:3e0a46a9238e425f46a6ef9e9bdfd7cedb35d50f",
    "https://github.com/google-deepmind/dsprites-dataset/raw/master/"
    "dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz",
    exact=False,
)
#: A part of it that holds this factorial, bit-packed; preferred where it lies in the data folder.
PART = DataFile(
    "dsprites_subset.npz",
    554444,
    "sha256:52e26f84fa8841c330a425429995323399b234a65307eab47f3bcdcb7946f57c",
    PUBLISHED.url,
)
_FULL_SIZES = (3, 6, 40, 32, 32)
_SIDE = 64
_CHUNK = 8192  # images read at a time: the whole array would take 3 GB


class DSprites(Dataset):
    """46,080 binary images 64x64: 3 shapes x 6 scales x 10 orientations x 16 x 16 positions, each once."""

    id = "dsprites"
    title = "dSprites (subset)"
    image_shape = (1, 64, 64)
    label_names = ("square", "ellipse", "heart")
    factor_names = ("shape", "scale", "orientation", "x", "y")
    factor_sizes = (3, 6, 10, 16, 16)
    source = "Matthey, Higgins, Hassabis, Lerchner, dSprites (2017): every 4th orientation, every 2nd x and y"
    terms = "Apache-2.0; rendered with LOVE (zlib licence)"
    files = (PUBLISHED,)

    def _load(self, name: str) -> Split:
        chosen = split_indices(int(np.prod(self.factor_sizes)), name)
        factors = factor_table(self.factor_sizes)[chosen]
        part = (data_folder() / PART.path).is_file()
        images = _from_part(chosen) if part else _from_published(chosen)
        return Split((images * 255)[:, None], factors[:, 0], factors)


def _open(file: DataFile) -> np.lib.npyio.NpzFile:
    try:
        return np.load(io.BytesIO(read(file)), allow_pickle=False)
    except (ValueError, zipfile.BadZipFile) as error:
        raise DatasetUnavailable(f"{data_folder() / file.path} is not an .npz archive: {error}.") from error


def _from_part(chosen: np.ndarray) -> np.ndarray:
    """0/1 images (N, 64, 64) from the packed part, whose `grid` members are the factorial in order."""
    archive = _open(PART)
    packed = archive["images_packed"][archive["grid"]][chosen]
    return np.unpackbits(packed, axis=1).reshape(-1, _SIDE, _SIDE)


def _from_published(chosen: np.ndarray) -> np.ndarray:
    """0/1 images (N, 64, 64) from the published array of 737,280; its pickled metadata is not touched."""
    shape, scale, turn, x, y = factor_table(DSprites.factor_sizes)[chosen].T
    flat = np.ravel_multi_index((shape, scale, 4 * turn, 2 * x, 2 * y), _FULL_SIZES)
    images = np.empty((len(flat), _SIDE, _SIDE), np.uint8)
    with _open(PUBLISHED) as archive, archive.zip.open("imgs.npy") as member:
        np.lib.format.read_magic(member)
        np.lib.format.read_array_header_1_0(member)
        for start in range(0, int(np.prod(_FULL_SIZES)), _CHUNK):
            block = np.frombuffer(member.read(_CHUNK * _SIDE**2), np.uint8).reshape(-1, _SIDE, _SIDE)
            here = np.flatnonzero((flat >= start) & (flat < start + _CHUNK))
            images[here] = block[flat[here] - start]
    return images
