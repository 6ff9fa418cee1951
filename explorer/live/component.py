"""Mount our components: their files joined once, and large constant data sent once under its own name."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitDuplicateElementKey

from explorer.live.join import FOLDER, join


@cache
def component(name: str) -> Callable[..., Any]:
    """Return the function that mounts component `name`: `js/<name>.js` with its `.html` and `.css`."""

    def text(ending: str) -> str | None:
        path = FOLDER / f"{name}.{ending}"
        return path.read_text(encoding="utf-8") if path.is_file() else None

    return st.components.v2.component(
        f"latent_explorer_{name}", html=text("html"), css=text("css"), js=join(name)
    )


def mount_asset(name: str, data: bytes) -> None:
    """Send `data` (made by `pack`) to the browser, where the page's components find it by its digest `name`.

    An asset is a component without a picture of its own. Its key is its digest, so its data never changes:
    Streamlit sends it once and then refers to it, and what changes often (colours, a selection) stays small.
    Two components of a page may ask for the same asset; it is mounted for the first.
    """
    try:
        component("asset")(key=f"asset-{name}", data=data)
    except StreamlitDuplicateElementKey:
        return  # the page has it already
