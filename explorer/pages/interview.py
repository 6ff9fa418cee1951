"""Interview: every question is answered by something that the reader does on a page."""

from __future__ import annotations

import streamlit as st

from explorer.content import say
from explorer.ui import language, widgets
from explorer.ui.interview.browse import browse
from explorer.ui.interview.flash import flash
from explorer.ui.interview.mock import mock
from explorer.ui.interview.predict import predict
from explorer.ui.state import View

MODES = {"predict": predict, "browse": browse, "cards": flash, "mock": mock}

view = View("interview")
top = st.container()
controls = st.container(horizontal=True, vertical_alignment="bottom")
locale = language.choose(view, controls)
with top:
    widgets.header(say("interview.title", locale), say("interview.look_for", locale))
mode = view.choice(
    "mode",
    say("interview.mode", locale),
    list(MODES),
    "predict",
    kind="segmented",
    place=controls,
    format_func=lambda name: say(f"interview.{name}", locale),
)
MODES[mode](view, locale)
widgets.show_code(__file__, MODES[mode])
