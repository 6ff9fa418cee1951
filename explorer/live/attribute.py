"""Several codes moved along two vectors at once, as far as the finger says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from explorer.live.component import component
from explorer.live.pack import pack


def attribute(
    key: str,
    *,
    strength: str,
    model: str,
    codes: np.ndarray,
    vectors: np.ndarray,
    titles: Sequence[str],
    ways: Sequence[str],
    shape: tuple[int, int, int],
    reach: float,
    words: Mapping[str, str],
    sizes: tuple[int, int, int],
    rendered: np.ndarray | None = None,
) -> None:
    """Show the pictures of each code plus the strength times each vector: a column an image, a row a vector.

    Args:
        strength: the cursor of one number in [-reach, reach] that the slider moves, in steps of 0.05.
        model: a cursor that has the decoder and the gallery's codes; where it stands does not matter.
        codes: float (N, L), with a title each.
        vectors: float (V, L), with a name each in `ways`.
        words: "slider", "at" {strength}, "far" {way} {far}, "alt" {title} {way} {strength}.
        sizes: CSS pixels for a picture on a phone, beside a sidebar, on a wide screen.
        rendered: float (V, N, C, H, W), where the browser cannot run the model: pictures at the strength.

    Raises:
        ValueError: shapes that do not fit each other.
    """
    codes, vectors = np.asarray(codes, np.float32), np.asarray(vectors, np.float32)
    fits = codes.ndim == vectors.ndim == 2 and codes.shape[1] == vectors.shape[1]
    if not fits or (len(codes), len(vectors)) != (len(titles), len(ways)):
        raise ValueError(
            f"Codes {codes.shape} and vectors {vectors.shape} do not fit each other or their names."
        )
    meta = {"strength": strength, "model": model, "titles": list(titles), "ways": list(ways), "reach": reach}
    meta |= {"shape": list(shape), "size": codes.shape[1], "words": dict(words), "sizes": list(sizes)}
    arrays = {"z": codes, "vectors": vectors}
    if rendered is not None:
        arrays["rendered"] = np.asarray(rendered, np.float32)
    component("attribute")(key=key, data=pack(meta, arrays))
