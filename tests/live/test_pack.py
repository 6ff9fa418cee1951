"""The bytes that travel to the browser, read back by a second reader that is written here."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.live.pack import digest, pack, unpack_bits


def read(data: bytes) -> tuple[dict, dict[str, np.ndarray]]:
    assert data[:4] == b"LXP1"
    (length,) = struct.unpack("<I", data[4:8])
    header = json.loads(data[8 : 8 + length])
    start, arrays = 8 + length, {}
    for entry in header["arrays"]:
        block = data[start : start + entry["bytes"]]
        arrays[entry["name"]] = np.frombuffer(block, np.dtype(entry["dtype"]).newbyteorder("<")).reshape(
            entry["shape"]
        )
        start += entry["bytes"]
    assert start == len(data)
    return header["meta"], arrays


def test_arrays_of_every_kind_come_back_in_order() -> None:
    random = np.random.default_rng(0)
    sent = {
        "a": random.integers(0, 256, (3, 5), dtype=np.uint8),
        "b": random.normal(size=(7, 2)).astype(np.float32)[::2],  # not contiguous
        "c": random.integers(-9, 9, 4, dtype=np.int32),
        "empty": np.empty((0, 2), np.float32),
    }
    meta, arrays = read(pack({"name": "β = ½", "n": 3}, sent))
    assert meta == {"name": "β = ½", "n": 3}
    for name, array in sent.items():
        np.testing.assert_array_equal(arrays[name], array)


def test_big_endian_arrays_arrive_as_the_same_numbers() -> None:
    _, arrays = read(pack({}, {"x": np.array([1.5, -2.0], ">f4")}))
    np.testing.assert_array_equal(arrays["x"], [1.5, -2.0])


@pytest.mark.parametrize("array", [np.zeros(2), np.zeros(2, np.int64), np.zeros(2, bool)])
def test_other_dtypes_are_refused(array: np.ndarray) -> None:
    with pytest.raises(ValueError, match=f"is {array.dtype.name}; convert"):
        pack({}, {"x": array})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), np.float32(1), b"bytes", {1, 2}])
def test_a_header_that_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="JSON has no form"):
        pack({"value": value})


def test_a_digest_tells_content_shape_and_kind_apart() -> None:
    zeros = np.zeros(4, np.float32)
    names = [
        digest(zeros), digest(zeros.reshape(2, 2)), digest(zeros.astype(np.int32)), digest(zeros + 1),
        digest(zeros, zeros), digest(b""), digest(b"", b""), digest(b"ab", b"c"), digest(b"a", b"bc"),
    ]  # fmt: skip
    assert len(set(names)) == len(names)
    assert digest(zeros.copy()) == digest(zeros)


@settings(deadline=None)
@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1)))))
def test_bits_come_back_as_the_indices_that_were_set(case: tuple[int, set[int]]) -> None:
    count, chosen = case
    packed = bytearray((count + 7) // 8)
    for i in chosen:
        packed[i // 8] |= 1 << (i % 8)
    np.testing.assert_array_equal(unpack_bits(bytes(packed), count), sorted(chosen))


def test_a_selection_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fill 2 bytes"):
        unpack_bits(b"\x00\x00", 17)
