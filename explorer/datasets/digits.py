"""scikit-learn's 8x8 digits: small enough that a test trains on them in seconds."""

from __future__ import annotations

import numpy as np

from explorer.datasets.base import Dataset, Split


class Digits(Dataset):
    """1,797 grey 8x8 digits. The last 300 are the gallery, the 300 before them the test split."""

    id = "digits"
    title = "Digits 8×8"
    image_shape = (1, 8, 8)
    label_names = tuple("0123456789")
    source = "scikit-learn, from UCI's Optical Recognition of Handwritten Digits (Alpaydin, Kaynak 1998)"
    terms = "CC BY 4.0 (UCI Machine Learning Repository)"
    embedded = True
    intake_style = "mnist"
    intake_fill = 1.0  # every digit is 8 pixels tall

    def _load(self, name: str) -> Split:
        from sklearn.datasets import load_digits

        raw = load_digits()
        images = np.round(raw.images * (255 / 16)).astype(np.uint8)[:, None]
        part = {"train": slice(0, -600), "test": slice(-600, -300), "gallery": slice(-300, None)}[name]
        return Split(images[part], raw.target[part].astype(np.int64))
