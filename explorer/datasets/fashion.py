"""Fashion-MNIST, from its four IDX files."""

from __future__ import annotations

import numpy as np

from explorer.datasets.base import Dataset, Split
from explorer.datasets.idx import read_idx
from explorer.datasets.store import DataFile

_SITE = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
GALLERY_SIZE = 5000


def _file(name: str, size: int, sha256: str) -> DataFile:
    return DataFile(f"fashion_mnist/{name}", size, f"sha256:{sha256}", _SITE + name)


TRAIN_IMAGES = _file(
    "train-images-idx3-ubyte.gz", 26421880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"
)
TRAIN_LABELS = _file(
    "train-labels-idx1-ubyte.gz", 29515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"
)
TEST_IMAGES = _file(
    "t10k-images-idx3-ubyte.gz", 4422102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"
)
TEST_LABELS = _file(
    "t10k-labels-idx1-ubyte.gz", 5148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"
)


class FashionMNIST(Dataset):
    """Grey 28x28 pictures of clothes. Gallery: the training file's last 5,000; train: the first 55,000."""

    id = "fashion"
    title = "Fashion-MNIST"
    image_shape = (1, 28, 28)
    label_names = (
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
        "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    )  # fmt: skip
    source = "Xiao, Rasul, Vollgraf, Fashion-MNIST (arXiv:1708.07747)"
    terms = "MIT, Zalando SE"
    files = (TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS)

    def _load(self, name: str) -> Split:
        if name == "test":
            return Split(read_idx(TEST_IMAGES)[:, None], read_idx(TEST_LABELS).astype(np.int64))
        images, labels = read_idx(TRAIN_IMAGES)[:, None], read_idx(TRAIN_LABELS).astype(np.int64)
        part = slice(-GALLERY_SIZE, None) if name == "gallery" else slice(0, -GALLERY_SIZE)
        return Split(images[part], labels[part])
