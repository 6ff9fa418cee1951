"""The language of questions and tours: chosen once, kept for the visit, first the browser's own."""

from __future__ import annotations

import streamlit as st

from explorer import content
from explorer.ui.state import View


def choose(view: View, place: st.delta_generator.DeltaGenerator) -> str:
    """Draw the picker, if there is more than one language; returns the chosen locale."""
    locales = content.locales()
    asked = (st.context.locale or content.ENGLISH).partition("-")[0]
    first = asked if asked in locales else content.ENGLISH
    if len(locales) == 1:
        return first
    names = {locale: content.strings(locale)["app.name"] for locale in locales}
    label = content.say("app.language", first)
    return view.choice("lang", label, locales, first, place=place, format_func=names.__getitem__)
