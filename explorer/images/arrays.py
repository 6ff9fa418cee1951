"""Images to screen pictures: whole-number scaling, nearest neighbour, no smoothing.

An image is uint8 (C, H, W), as data sets hold it; a picture is uint8 (H, W, 3), as a screen shows it.
"""

from __future__ import annotations

import numpy as np

Colour = int | tuple[int, int, int]  # a grey level or red-green-blue, 0 to 255

ROUNDING = 1e-5  # how far outside [0, 1] float arithmetic may push a pixel


def to_uint8(x: np.ndarray) -> np.ndarray:
    """Images (B, C, H, W), float in [0, 1], as uint8 0 to 255, rounded; uint8 comes back as it is.

    Raises ValueError for another type or shape, or for values outside [0, 1].
    """
    x = np.asarray(x)
    if x.ndim != 4 or x.shape[1] not in (1, 3):
        raise ValueError(f"the images are {x.shape} but must be (B, C, H, W) with C 1 or 3: add the axes.")
    if x.dtype == np.uint8:
        return x
    if x.dtype.kind != "f":
        raise ValueError(
            f"the images are {x.dtype} but must be float in [0, 1] or uint8: convert them first."
        )
    if x.size and not (x.min() >= -ROUNDING and x.max() <= 1 + ROUNDING):  # false for NaN, too
        raise ValueError(
            f"the images lie in [{x.min():.3g}, {x.max():.3g}] but must lie in [0, 1]: clip or scale them."
        )
    return np.rint(np.clip(x.astype(np.float64), 0, 1) * 255).astype(np.uint8)


def picture(image: np.ndarray) -> np.ndarray:
    """An image uint8 (C, H, W) or grey (H, W) as a picture uint8 (H, W, 3); a picture comes back as it is.

    A last axis of 3 is read as colour. Raises ValueError for another type or shape.
    """
    image = np.asarray(image)
    if image.dtype != np.uint8:
        raise ValueError(f"the image is {image.dtype} but must be uint8: convert it with to_uint8.")
    if image.size and image.ndim == 3 and image.shape[2] == 3:
        return image
    if image.size and image.ndim == 2:
        image = image[None]
    if image.size == 0 or image.ndim != 3 or image.shape[0] not in (1, 3):
        raise ValueError(
            f"the image is {image.shape} but must be (C, H, W), (H, W) or (H, W, 3): choose one image."
        )
    return np.ascontiguousarray(np.broadcast_to(image.transpose(1, 2, 0), (*image.shape[1:], 3)))


def enlarge(image: np.ndarray, size: int) -> np.ndarray:
    """An image as a picture, uint8 (kH, kW, 3), k the largest whole number with max(kH, kW) <= size pixels.

    image: as `picture` takes it. Raises ValueError if the image is larger than `size`.
    """
    pixels = picture(image)
    factor = int(size) // max(pixels.shape[:2])
    if factor < 1:
        raise ValueError(
            f"an image of {pixels.shape[:2]} does not fit into {size} pixels: ask for a larger size."
        )
    return pixels.repeat(factor, axis=0).repeat(factor, axis=1)


def tile(images: np.ndarray, scale: int = 1, gap: int = 2, background: Colour = 0) -> np.ndarray:
    """A grid of images as one picture.

    Parameters
    ----------
    images : uint8 (R, K, C, H, W): R rows of K images
    scale : screen pixels a pixel, at least 1
    gap : screen pixels between neighbours, at least 0; none around the grid
    background : the colour of the gaps

    Returns
    -------
    uint8 (R·s·H + (R-1)·gap, K·s·W + (K-1)·gap, 3)

    Raises
    ------
    ValueError
        If an argument is not as above.
    """
    cells = scaled_cells(images, scale, gap)
    rows, columns, height, width, _ = cells.shape
    canvas = np.empty((rows, height + gap, columns, width + gap, 3), np.uint8)
    canvas[...] = check_colour(background)
    canvas[:, :height, :, :width] = cells.transpose(0, 2, 1, 3, 4)
    grid = canvas.reshape(rows * (height + gap), columns * (width + gap), 3)
    return grid[: grid.shape[0] - gap, : grid.shape[1] - gap].copy()


def scaled_cells(images: np.ndarray, scale: int, gap: int) -> np.ndarray:
    """Images uint8 (R, K, C, H, W) as pictures (R, K, s·H, s·W, 3); checks what `tile` promises."""
    images = np.asarray(images)
    if images.dtype != np.uint8 or images.ndim != 5 or images.shape[2] not in (1, 3) or images.size == 0:
        raise ValueError(
            f"the grid is {images.dtype} {images.shape} but must be uint8 (R, K, C, H, W), C 1 or 3."
        )
    if int(scale) != scale or scale < 1:
        raise ValueError(
            f"the scale is {scale} but must be a whole number of at least 1: images are not smoothed."
        )
    if int(gap) != gap or gap < 0:
        raise ValueError(f"the gap is {gap} but must be a whole number of at least 0: give it in pixels.")
    cells = images.transpose(0, 1, 3, 4, 2).repeat(int(scale), axis=2).repeat(int(scale), axis=3)
    return np.broadcast_to(cells, (*cells.shape[:4], 3))


def check_colour(colour: Colour) -> tuple[int, int, int]:
    """The colour as red-green-blue; ValueError unless it is a level or three levels of 0 to 255."""
    levels = np.atleast_1d(np.asarray(colour))
    if (
        levels.shape not in ((1,), (3,))
        or levels.dtype.kind not in "iu"
        or levels.min() < 0
        or levels.max() > 255
    ):
        raise ValueError(
            f"the colour {colour!r} is not a level or three levels of 0 to 255: give one of these."
        )
    red, green, blue = (int(level) for level in np.broadcast_to(levels, 3))
    return red, green, blue
