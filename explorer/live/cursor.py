"""A cursor: one vector that a page's components share and move in the browser; Python hears of it on release.

`cursor(key, value, …)` ties it to Python and is mounted once a run; `picture(cursor=key)`, the map and the
sliders follow it by that key. Values are multiples of 0.0001, so that a link carries exactly what is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from explorer.live.component import component, mount_asset, send_again, sending
from explorer.live.network import Asset
from explorer.live.pack import pack

DECIMALS = 4


@dataclass(frozen=True)
class LiveModel:
    """A model as the browser has it. `refused` says why there is no decoder or encoder, else it is empty."""

    decoder: Asset | None
    encoder: Asset | None
    codes: Asset | None
    image_shape: tuple[int, int, int]
    latent_dim: int
    variational: bool
    refused: str = ""


def rounded(value: Sequence[float] | np.ndarray) -> list[float]:
    """A code as a cursor has it: plain numbers, multiples of 0.0001."""
    return [round(float(number), DECIMALS) + 0.0 for number in value]


def cursor(
    key: str,
    value: Sequence[float] | np.ndarray,
    model: LiveModel | None = None,
    *,
    with_encoder: bool = False,
    rendered: np.ndarray | None = None,
    alone: bool = False,
    on_release: Callable[[list[float]], None] | None = None,
) -> str:
    """Tie the cursor `key` to Python and return its name, which is `key`.

    Args:
        value: float (L,), where the cursor stands; a new value moves it, one that the browser told does not.
        model: its decoder and codes are sent, and with `with_encoder` its encoder. None for a cursor that is
            no code.
        rendered: the picture (C, H, W) in [0, 1] at `value`, made by Python, for a model that the browser
            cannot run (`model.refused`).
        alone: after a release nothing of the script runs but what ties the cursor: for a page on which
            everything that shows the value follows the cursor in the browser.
        on_release: called with the new value, a list of L numbers, before the script runs again.

    Raises:
        ValueError: value is not finite.
    """
    value = rounded(value)
    if not np.isfinite(value).all():
        raise ValueError("A cursor stands on finite numbers; this value is not.")
    assets = {"decoder": None, "encoder": None, "codes": None}
    if model is not None:
        assets |= {"decoder": model.decoder, "codes": model.codes}
        assets |= {"encoder": model.encoder if with_encoder else None}
    meta = {"cursor": key, "shape": list(model.image_shape) if model else []}
    meta |= {slot: None if asset is None else asset.digest for slot, asset in assets.items()}
    arrays = {} if rendered is None else {"rendered": np.asarray(rendered, np.float32)}
    told = f"{key}.told"
    st.session_state.pop(told, None)

    def deliver() -> None:
        moved = st.session_state[key].get("moved")
        if moved is not None:
            st.session_state[told] = decode_value(moved, len(value))
            if on_release is not None:
                on_release(st.session_state[told])

    def tie() -> None:
        # Run alone, as a fragment, `value` is still the last whole run's: what was told since is newer.
        now = {"value": st.session_state.get(told, value)}
        with st.container(gap=None):
            component("cursor_link")(
                key=key,
                data=pack(meta | now, arrays),
                on_moved_change=deliver,
                on_retry_change=lambda: send_again(key),
            )
            for asset in assets.values():
                if asset is not None:
                    mount_asset(asset.digest, asset.packed, sending(key))

    if alone:
        st.fragment(tie)()
    else:
        tie()
    return key


def decode_value(message: Any, size: int) -> list[float]:
    """The numbers in the browser's message.

    Raises:
        ValueError: the message is not one that the component sends.
    """
    try:
        value = rounded(message["value"])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"The cursor's place cannot be read ({error}); reload the page.") from error
    if len(value) != size or not np.isfinite(value).all():
        raise ValueError(f"The cursor sent {len(value)} numbers, not {size} finite ones; reload the page.")
    return value


def picture(
    cursor: str, *, key: str, size: int = 280, distance: str = "", alt: str = "Decoded picture"
) -> None:
    """Show what the cursor decodes to, at most `size` CSS pixels wide.

    Args:
        distance: a sentence below it, with {far} for the distance to the nearest gallery code and {times} for
            that distance over the usual one.
    """
    meta = {"cursor": cursor, "size": int(size), "distance": distance, "ariaLabel": alt}
    component("picture")(key=key, data=pack(meta))
