"""What every part of the intake raises and checks."""

from __future__ import annotations


class IntakeError(ValueError):
    """A file, drawing or link that cannot be used; its text is one sentence to show as it is."""


def check_shape(image_shape: tuple[int, ...]) -> tuple[int, int, int]:
    """`image_shape` as plain ints; ValueError unless it is (C, H, W) with C 1 or 3."""
    sides_fit = all(1 <= side < 2**16 for side in image_shape)
    if len(image_shape) != 3 or image_shape[0] not in (1, 3) or not sides_fit:
        raise ValueError(f"the image shape is {tuple(image_shape)} but must be (C, H, W) with C 1 or 3.")
    channels, height, width = (int(side) for side in image_shape)
    return channels, height, width
