"""Latent-space explorer. A router: configuration, the shared sidebar, and the pages of explorer/pages."""

from pathlib import Path

import streamlit as st

from explorer.live.component import mount_runtime
from explorer.ui import load, memory, sidebar, state, tour

EXPLORER = Path(__file__).parent / "explorer"
SECTIONS = {
    "See": {"anatomy": "Anatomy", "latent_map": "Latent map"},
    "Change": {"traversal": "Traversal", "interpolation": "Interpolation", "denoising": "Denoising"},
    "Compare": {
        "models": "Models",
        "beta": "β comparison",
        "representation": "Representation",
        "compression": "Compression",
    },
    "Learn": {
        "collapse": "Posterior collapse",
        "reparameterisation": "Reparameterisation",
        "generation": "Generation",
        "anomaly": "Anomaly detection",
    },
    "Practise": {"match": "Match the target", "tours": "Tours", "interview": "Interview"},
}

memory.give_back()
st.set_page_config(
    page_title="Latent-space explorer", page_icon=EXPLORER / "ui" / "assets" / "icon.png", layout="wide"
)

page = st.navigation({
    section: [
        st.Page(EXPLORER / "pages" / f"{name}.py", title=title, url_path=name, default=name == state.START)
        for name, title in entries.items()
    ]
    for section, entries in SECTIONS.items()
}, expanded=True)  # fmt: skip
name = page.url_path or state.START
state.begin(name)
tour.follow()
tour.panel()
notices = st.container()
with st.sidebar:
    mount_runtime()
chosen = sidebar.choose()
footer = st.sidebar.container()
for sentence in load.broken().values():
    st.sidebar.warning(sentence)
if chosen is None:
    st.error("There is no checkpoint in `pretrained/`: train one with `make train RECIPE=digits-vae`.")
else:
    stopped = True
    try:
        page.run()
        stopped = False
    finally:  # also when a page stops early: its notices and its link belong to it
        for unused in state.leftover(name, stopped):
            state.notice(f"The link also carries “{unused}”, which this page does not use.")
        state.show_notices(notices)
        sidebar.footer(footer, page.url_path)
