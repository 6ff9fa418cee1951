"""An upload or a drawing becomes an image like the data set's; an image becomes text for a link.

Every refusal is an `IntakeError` whose one sentence says what is wrong and what to do.
"""

from explorer.intake.errors import IntakeError
from explorer.intake.fitting import MNIST_FILL, POLARITIES, STYLES, fit
from explorer.intake.link import decode_text, encode_text
from explorer.intake.upload import FORMATS, MAX_BYTES, MAX_PIXELS, Picture, read_upload

__all__ = [
    "FORMATS",
    "MAX_BYTES",
    "MAX_PIXELS",
    "MNIST_FILL",
    "POLARITIES",
    "STYLES",
    "IntakeError",
    "Picture",
    "decode_text",
    "encode_text",
    "fit",
    "read_upload",
]
