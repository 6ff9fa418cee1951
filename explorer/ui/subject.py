"""One open model of the Models page with the image that its experiments are made on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from explorer.figures.curves import PAIR
from explorer.models import Autoencoder
from explorer.studies import columns
from explorer.ui import load, widgets
from explorer.ui.inputs import Input
from explorer.ui.metric_table import LETTERS, chip
from explorer.zoo import ModelCard


@dataclass(frozen=True)
class Subject:
    """A model under its letter, the image, the class that a conditional one is told, and the code (L,)."""

    letter: str
    card: ModelCard
    model: Autoencoder
    given: Input
    label: int | None
    z: np.ndarray

    @property
    def colour(self) -> str:
        return PAIR[LETTERS.index(self.letter)]

    @property
    def x(self) -> np.ndarray | None:
        """The image (1, C, H, W), None where the original is not on this machine."""
        return self.given.image

    def heading(self) -> None:
        st.html(f"{chip(self.letter)} &nbsp;<b>{self.card.title}</b>")

    def at_work(self) -> str:
        """How many activations are exactly zero, and the effective number of units."""
        works, size = int(np.count_nonzero(self.z)), len(self.z)
        return (
            f"**{works:,} of {size:,}** activations are at work, {size - works:,} exactly zero; effective "
            f"number of units: **{widgets.number(float(columns.participation(self.z)))}**"
        )


def gallery_codes(one: Subject) -> np.ndarray:
    """The stored codes (N, L) of the model's gallery, posterior means where there are posteriors."""
    return load.gallery(one.card.id).z
