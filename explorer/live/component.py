"""Mount our components. All their code travels once, as the runtime; what is mounted is a few lines.

Streamlit sends a component's JavaScript along with every message to it. So each component is a stub that asks
the runtime (`js/runtime.js`), which the router mounts once, for the component of its name; and what changes
often is kept apart from what is large (`mount_asset`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitDuplicateElementKey

from explorer.live.join import FOLDER, join
from explorer.live.pack import digest

#: Components that few visitors meet and that bring a library along: they travel by themselves.
ALONE = ("cards",)

_STUB = """
const KEY = Symbol.for("latent-explorer VERSION");
const LATE = "The code of this page did not arrive. Reload the page.";
export default (component) => {
  let end = null;
  let gone = false;
  const host = (globalThis[KEY] ??= { waiting: [] });
  const late = setTimeout(() => component.parentElement.append(LATE), 15000);
  const start = (runtime) => {
    clearTimeout(late);
    if (!gone) end = runtime.mount("NAME", component);
  };
  if (host.mount) start(host);
  else host.waiting.push(start);
  return () => {
    gone = true;
    clearTimeout(late);
    end?.();
  };
};
"""


@cache
def component(name: str) -> Callable[..., Any]:
    """Return the function that mounts component `name`, one of `COMPONENTS` in `js/runtime.js`."""
    stub = _STUB.replace("VERSION", _runtime()[0]).replace("NAME", name)
    return st.components.v2.component(f"latent_explorer_{name}", js=stub)


def mount_runtime() -> None:
    """Send the components' code, once a visit: call it in every run, before or after what it serves."""
    _runtime_component()(key="latent-explorer-runtime")


@cache
def _runtime() -> tuple[str, str]:
    """The runtime's version and its module: all JavaScript, HTML and CSS of `js/` in one string."""
    markup = {
        page.stem: {
            "html": page.read_text(encoding="utf-8"),
            "css": page.with_suffix(".css").read_text("utf-8"),
        }
        for page in sorted(FOLDER.glob("*.html"))
        if page.stem not in ALONE
    }
    code, parts = join("runtime"), [json.dumps(markup), json.dumps(join("worker"))]
    version = digest(code.encode(), *(part.encode() for part in parts))
    call = f"install({json.dumps(version)}, {', '.join(parts)});"
    return version, f"{code}\n{call}\nexport default () => {{}};\n"


@cache
def _runtime_component() -> Callable[..., Any]:
    return st.components.v2.component("latent_explorer_runtime", js=_runtime()[1])


def send_again(key: str) -> None:
    """For a callback: the component `key` missed some of its assets, and they are to be sent once more."""
    st.session_state[f"{key}.sending"] = sending(key) + 1


def sending(key: str) -> int:
    """How often the component `key` has asked for its assets again."""
    return st.session_state.get(f"{key}.sending", 0)


def mount_asset(name: str, data: bytes, sending: int = 0) -> None:
    """Send `data` (made by `pack`) to the browser, where the page's components find it by its digest `name`.

    An asset is a component without a picture of its own. Its key is its digest, so its data never changes:
    Streamlit sends it once and then refers to it, and what changes often (colours, a selection) stays small.
    Two components of a page may ask for the same asset; it is mounted for the first. Another number `sending`
    sends it once more, for a browser that it did not reach.
    """
    try:
        component("asset")(key=f"asset-{name}" + f"-{sending}" * bool(sending), data=data)
    except StreamlitDuplicateElementKey:
        return  # the page has it already
