"""Arrays to pictures, for the screen and for download.

An image is uint8 (C, H, W) and bright on black, as data sets hold it; a picture is uint8 (H, W, 3).
"""

from explorer.images.arrays import enlarge, picture, tile, to_uint8
from explorer.images.colours import diverging, sequential
from explorer.images.files import data_url, gif, labelled_grid, png

__all__ = [
    "data_url",
    "diverging",
    "enlarge",
    "gif",
    "labelled_grid",
    "picture",
    "png",
    "sequential",
    "tile",
    "to_uint8",
]
