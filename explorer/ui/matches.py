"""The game of the page Match: its two models, the round that is played, what was reached so far."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from explorer.csv_file import csv_text
from explorer.studies import match
from explorer.ui import load, widgets
from explorer.ui.number_table import number_table
from explorer.ui.sidebar import Choice
from explorer.ui.state import View


@dataclass(frozen=True)
class Round:
    """What tells rounds apart."""

    model_id: str
    sliders: int
    target: int


@dataclass
class Game:
    """One round under way."""

    z: list[float] = field(default_factory=list)
    moves: int = 0
    closeness: float = 0.0
    given_up: bool = False

    def restart(self) -> None:
        """As it began; moves are counted anew."""
        self.z, self.moves, self.given_up = [], 0, False

    def give_up(self, hidden: list[float]) -> None:
        """Show the hidden code; the round no longer counts."""
        self.z, self.given_up = hidden, True


def pair(chosen: Choice) -> dict[str, str]:
    """Id -> title of the sidebar's model and its second one, or of the one whose axes mean most beside it."""
    cards = load.cards()
    ids = [chosen.model_id, chosen.second_id or _partner(chosen)]
    return {model_id: cards[model_id].title for model_id in ids if model_id}


def _partner(chosen: Choice) -> str | None:
    """Of the same data, the model with the highest measured MIG; else the largest β or the plain one."""
    others = [c for c in load.cards().values() if c.dataset == chosen.dataset.id and c.id != chosen.model_id]
    usable = [c for c in others if not c.group and not load.wide(c.id) and not load.problem(c.id, True)]

    def rank(card) -> tuple[float, float, bool]:
        mig = card.metrics.get("mig", {}).get("value", 0.0)
        return mig, -abs(card.arguments.get("beta", 0.0) - 4), card.arguments["latent_dim"] > 2

    return max(usable, key=rank).id if usable else None


def game(view: View, this: Round) -> Game:
    """The state of a round; every round of the visit is kept."""
    return view.keep("rounds", {}).setdefault(this, Game())


def score(game: Game) -> None:
    """Distance and moves under the pictures."""
    with st.container(horizontal=True):
        share = f"{100 * max(game.closeness, 0):.0f} %"
        st.metric("Closeness ↑", share, help="100 % is the target, 0 % the start", width="content")
        st.metric("Moves ↓", game.moves, width="content")
    if game.given_up:
        st.info("The sliders stand on the hidden code. This round does not count.")
    elif game.closeness >= match.MATCHED and game.moves:
        st.success(f"Matched in {game.moves} move{'s' * (game.moves != 1)}.")


def records(view: View, pair: dict[str, str]) -> None:
    """What was matched so far with each of the two models."""
    rounds = view.keep("rounds", {})
    played = [(r, g) for r, g in rounds.items() if r.model_id in pair and g.moves and not g.given_up]
    if not played:
        return
    st.subheader("Your rounds", anchor=False)
    rows = [
        (
            pair[r.model_id], f"{r.sliders}", f"{r.target}", f"{g.moves}",
            f"{100 * max(g.closeness, 0):.0f} %", "yes" if g.closeness >= match.MATCHED else "not yet",
        )
        for r, g in played
    ]  # fmt: skip
    heads = ("Model", "Sliders", "Target", "Moves ↓", "Closeness ↑", "Matched")
    number_table(heads, rows, label="Your rounds")
    means = []
    for model_id, title in pair.items():
        moves = [g.moves for r, g in played if r.model_id == model_id and g.closeness >= match.MATCHED]
        if moves:
            means.append(
                f"{title}: {widgets.number(float(np.mean(moves)), 2)} moves a match ({len(moves)} matched)"
            )
    if means:
        st.markdown(" · ".join(means))
    widgets.download(
        "Your rounds (CSV)",
        lambda: csv_text(rows[0], [list(row.values()) for row in rows]).encode(),
        "match.csv",
        "text/csv",
        "match-csv",
    )
