"""The IDX files of MNIST and Fashion-MNIST, checked before a byte is used."""

from __future__ import annotations

import gzip
import struct
import zlib

import numpy as np

from explorer.datasets.base import DatasetUnavailable
from explorer.datasets.store import DataFile, data_folder, read


def read_idx(file: DataFile) -> np.ndarray:
    """uint8 array of a gzipped IDX file: (N, H, W) for images, (N,) for labels.

    Raises
    ------
    DatasetUnavailable
        If the file is missing, differs from the published one, or is not IDX.
    """
    compressed = read(file)
    try:
        content = gzip.decompress(compressed)
        zero, kind, dimensions = struct.unpack(">HBB", content[:4])
        shape = struct.unpack(f">{dimensions}I", content[4 : 4 + 4 * dimensions])
        if zero or kind != 0x08:
            raise ValueError("not unsigned bytes")
        return np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions).reshape(shape)
    except (OSError, EOFError, zlib.error, struct.error, ValueError) as error:
        raise DatasetUnavailable(
            f"{data_folder() / file.path} is not a readable IDX file ({error}): "
            f"delete it and fetch it again from {file.url}."
        ) from error
