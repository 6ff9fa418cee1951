"""From a picture or drawing to an image like the data set's: polarity, scale, place."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from explorer.intake.errors import IntakeError, check_shape
from explorer.intake.upload import Picture

POLARITIES = ("auto", "as is", "inverted")
STYLES = ("mnist", "whole")
MNIST_FILL = 20 / 28  # MNIST scales a digit into a box of 20 pixels inside 28 (LeCun et al., 1998)
MIN_CONTRAST = 16  # grey levels of 255 between background and ink; less is called blank
STRONG_CONTRAST = 128  # a blank sheet's shading stays below it
WORKING_SIDE = 1024  # longer pictures are averaged down to this first: it bounds the memory of a fit
INK_THRESHOLD = 0.1  # of the strongest ink; fainter pixels do not stretch the bounding box


def fit(
    picture: Picture | np.ndarray,
    image_shape: tuple[int, int, int],
    *,
    polarity: str = "auto",
    style: str = "mnist",
    fill: float = MNIST_FILL,
) -> np.ndarray:
    """The picture as an image of the data set: uint8 (C, H, W), bright on black.

    Parameters
    ----------
    picture : Picture, or uint8 (h, w) grey or (h, w, 3) colour, of any size
    image_shape : (C, H, W), C 1 or 3
    polarity : "auto" looks at the border: a dark border (its median nearer to the darkest than to the
        brightest level of the picture) leaves the picture as it is, a bright one inverts it; for C = 3 in
        style "whole" nothing is inverted, because a photograph has no ink. "as is" and "inverted" override.
    style : "mnist" repeats how MNIST was made (LeCun et al. 1998, section III.A): the background is
        subtracted, the ink's bounding box is scaled, its aspect kept, until its longer side is `fill` times
        the frame's shorter one, and moved by whole pixels until its centre of mass lies at (H/2, W/2), as far
        as the frame allows. "whole" keeps the picture: a centre crop of the frame's aspect, resized; colour
        is kept where C = 3.
    fill : share in (0, 1], for "mnist" only: 20/28 in MNIST; scikit-learn's 8x8 digits fill their frame (1.0)

    Raises
    ------
    IntakeError
        If the picture is blank.
    ValueError
        If an argument is not as above.
    """
    channels, height, width = check_shape(image_shape)
    source = _as_image(picture)
    if polarity not in POLARITIES:
        raise ValueError(f"polarity {polarity!r} is not known: choose from {', '.join(POLARITIES)}.")
    if style not in STYLES:
        raise ValueError(f"style {style!r} is not known: choose from {', '.join(STYLES)}.")
    if not 0 < fill <= 1:
        raise ValueError(f"fill is {fill!r} but must lie in (0, 1]: give the ink's share of the frame.")
    if style == "mnist":
        ink = _ink(source.convert("L"), polarity)
        grey = _centre(_scale_to_box(ink, max(1, round(fill * min(height, width)))), height, width)
        return np.repeat(grey[None], channels, axis=0)
    if channels == 3 and polarity == "auto":
        polarity = "as is"
    return _whole(source.convert("L" if channels == 1 else "RGB"), height, width, polarity)


def _as_image(picture: Picture | np.ndarray) -> Image.Image:
    """A Pillow image (L or RGB) whose sides are at most WORKING_SIDE."""
    pixels = picture.pixels if isinstance(picture, Picture) else np.asarray(picture)
    if pixels.dtype != np.uint8 or not (pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] == 3)):
        raise ValueError(
            f"the picture is {pixels.dtype} {pixels.shape} but must be uint8 (h, w) or (h, w, 3): convert it."
        )
    if 0 in pixels.shape:
        raise IntakeError("The picture has no pixels: choose or draw another one.")
    image = Image.fromarray(np.ascontiguousarray(pixels))
    return image.reduce(math.ceil(max(image.size) / WORKING_SIDE))


def _border(grey: np.ndarray) -> np.ndarray:
    """The levels of a frame of 2 % of the shorter side, (n,)."""
    depth = max(1, min(grey.shape) // 50)
    inside = np.zeros(grey.shape, bool)
    inside[depth:-depth, depth:-depth] = True
    return grey[~inside]


def _is_inverted(grey: np.ndarray, polarity: str) -> bool:
    """Whether dark and bright must be swapped; see `fit`."""
    if polarity != "auto":
        return polarity == "inverted"
    return float(np.median(_border(grey))) > (float(grey.min()) + float(grey.max())) / 2


def _ink(image: Image.Image, polarity: str) -> np.ndarray:
    """Ink above the background, float32 (h, w) from 0, cropped to its bounding box.

    Raises IntakeError if less than MIN_CONTRAST is left above the background.
    """
    grey = np.asarray(image, np.float32)
    if _is_inverted(grey, polarity):
        grey = 255 - grey
    ink = np.maximum(grey - np.float32(_background(grey)), 0)
    if ink.max() < MIN_CONTRAST:
        raise _blank()
    rows, columns = (np.flatnonzero((ink > INK_THRESHOLD * ink.max()).any(axis)) for axis in (1, 0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _background(grey: np.ndarray) -> float:
    """The level up to which a picture with bright ink counts as background.

    What varies no more than the border does is background: the level lies three times the distance from the
    border's median to its upper quartile above that median, so the shading and grain of a photographed sheet
    vanish and a clean background stays exact. Where ink crosses the border (a digit cropped closely) that is
    too high: in a picture of strong contrast the level lies at most half-way up.
    """
    middle, upper = np.percentile(_border(grey), (50, 75))
    level = float(middle + 3 * (upper - middle))
    darkest, brightest = float(grey.min()), float(grey.max())
    return level if brightest - darkest < STRONG_CONTRAST else min(level, (darkest + brightest) / 2)


def _scale_to_box(ink: np.ndarray, box: int) -> np.ndarray:
    """Ink scaled until its longer side is `box` pixels; float32 (h', w') in [0, 255].

    The strokes' brightest tenth becomes 255, as in MNIST; their maximum alone would follow the grain.
    """
    size = tuple(max(1, round(side * box / max(ink.shape))) for side in ink.shape[::-1])
    method = Image.Resampling.BOX if max(ink.shape) >= box else Image.Resampling.BICUBIC
    scaled = np.maximum(np.asarray(Image.fromarray(ink).resize(size, method)), 0)
    full = np.percentile(scaled[scaled >= scaled.max() / 2], 90)
    return np.minimum(scaled * (255 / full), 255)


def _centre(ink: np.ndarray, height: int, width: int) -> np.ndarray:
    """Ink (h, w) on black, uint8 (height, width), its centre of mass as central as the frame allows."""
    corner = []
    for axis, side in enumerate((height, width)):
        mass = ink.sum(1 - axis)
        centre = float(mass @ np.arange(len(mass)) / mass.sum())
        corner.append(min(max(round(side / 2 - centre), 0), side - len(mass)))
    image = np.zeros((height, width), np.uint8)
    image[corner[0] : corner[0] + ink.shape[0], corner[1] : corner[1] + ink.shape[1]] = np.rint(ink)
    return image


def _whole(image: Image.Image, height: int, width: int, polarity: str) -> np.ndarray:
    """A centre crop of the frame's aspect, resized; uint8 (C, height, width)."""
    inverted = _is_inverted(np.asarray(image.convert("L")), polarity)
    scale = min(image.width / width, image.height / height)
    across, down = min(image.width, width * scale), min(image.height, height * scale)  # no rounding outside
    left, top = (image.width - across) / 2, (image.height - down) / 2
    crop = (left, top, min(left + across, image.width), min(top + down, image.height))
    method = Image.Resampling.BOX if scale >= 1 else Image.Resampling.BICUBIC
    pixels = np.asarray(image.resize((width, height), method, box=crop))
    if np.ptp(pixels, axis=(0, 1)).max() < MIN_CONTRAST:
        raise _blank()
    pixels = pixels.reshape(height, width, -1).transpose(2, 0, 1)
    return 255 - pixels if inverted else pixels.copy()


def _blank() -> IntakeError:
    return IntakeError(
        "The picture is blank, nothing stands out from its background: draw or choose another."
    )
