"""The controls that a page sends to a browser, and what a reader does to them.

`CHANGES` says for each page what its readers change most: a new page, or a page whose main control is another
one, is a new line there.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from random import Random
from typing import Any

from google.protobuf.message import Message
from streamlit.components.v2.bidi_component.constants import EVENT_DELIM
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.state.session_state import STREAMLIT_INTERNAL_KEY_PREFIX

SLIDER, GROUP, SELECT, BUTTON, NUMBER = "slider", "button_group", "selectbox", "button", "number_input"
KINDS = {SLIDER, GROUP, SELECT, BUTTON, NUMBER, "checkbox", "radio"}
#: Our components, by the names under which `explorer.live.component` registers them.
MAP, CURSOR = "latent_explorer_latent_map", "latent_explorer_cursor_link"
LARGEST_HEADER = 2**16  # bytes; what describes a component is a few hundred


@dataclass(frozen=True)
class Control:
    """One control on screen; `in_main` is False in the sidebar, `fragment` "" outside fragments.

    `kind` is Streamlit's name of the widget, or the name of a component, which has no `proto` but `meta`, the
    header of its data.
    """

    kind: str
    id: str
    proto: Message | None
    in_main: bool
    fragment: str
    meta: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The key that the page gave it, or "None": Streamlit writes it behind a digest into the id."""
        return self.id.split("-", 2)[-1]


@dataclass(frozen=True)
class Change:
    """What a reader does: move or press a control of this kind whose key fits `key` (`*`, `?` and `[…]`).

    With `event` the control is one of our components, and `value` makes the message of its trigger out of
    chance and the component's `meta`; else it makes a slider's value where chance alone is not good enough.
    """

    kind: str
    key: str
    event: str = ""
    value: Callable[[Random, dict[str, Any]], Any] | None = None


def _clicked(chance: Random, meta: dict[str, Any]) -> dict[str, Any]:
    """A click on a point of the map: the smallest gallery holds 300."""
    return {"kind": "click", "index": chance.randrange(300), "x": 0.0, "y": 0.0}


def _moved(chance: Random, meta: dict[str, Any]) -> dict[str, Any]:
    """A cursor let go: one of its numbers is another one."""
    value = list(meta["value"])
    value[chance.randrange(len(value))] = round(chance.uniform(-2, 2), 4)
    return {"value": value}


def _share(chance: Random, meta: dict[str, Any]) -> dict[str, Any]:
    """A cursor from 0 to 1 let go: a place on a path, a level of noise."""
    return {"value": [round(chance.random(), 2)]}


def _epoch(chance: Random, meta: dict[str, Any]) -> dict[str, Any]:
    """A cursor over epochs let go: all runs have these."""
    return {"value": [chance.randint(1, 20)]}


CHANGES: dict[str, Sequence[Change]] = {
    "anatomy": (Change(CURSOR, "anatomy-code", "moved", _moved), Change(NUMBER, "anatomy.number")),
    "latent_map": (Change(MAP, "*", "event", _clicked), Change(CURSOR, "*", "moved", _moved)),
    "traversal": (Change(CURSOR, "*", "moved", _moved),),
    "interpolation": (Change(CURSOR, "interpolation-t", "moved", _share),),
    "denoising": (Change(CURSOR, "denoising-level", "moved", _share),),
    "beta": (Change(SLIDER, "beta.seed"), Change(GROUP, "beta.beta")),
    "models": (Change(SELECT, "models.of"), Change(GROUP, "models.can")),
    "representation": (
        Change(SLIDER, "representation.seed"),
        Change(CURSOR, "attribute-strength", "moved", _moved),
        Change(SLIDER, "representation.passes"),
    ),
    "compression": (Change(SLIDER, "compression.bits"), Change(SLIDER, "compression.size")),
    "collapse": (Change(CURSOR, "collapse-epoch", "moved", _epoch), Change(SLIDER, "collapse.noise")),
    "reparameterisation": (Change(SLIDER, "reparameterisation.seed"), Change(GROUP, "*.parameter")),
    "generation": (
        Change(CURSOR, "generation-code", "moved", _moved),
        Change(SLIDER, "generation.seed"),
        Change(SLIDER, "generation.temperature"),
    ),
    "anomaly": (Change(SLIDER, "anomaly.accepted"), Change(NUMBER, "anomaly.number")),
    "match": (Change(CURSOR, "match-code", "moved", _moved), Change(SLIDER, "match.target")),
    "interview": (Change(SELECT, "interview.question"), Change(GROUP, "interview.mode")),
}
#: Where `CHANGES` says nothing, or nothing that is on the page: the first of these that there is.
FALLBACK = (
    Change(CURSOR, "*", "moved", _moved),
    Change(SLIDER, "*"),
    Change(GROUP, "*"),
    Change(SELECT, "*"),
    Change(BUTTON, "*"),
)


def candidates(controls: Sequence[Control], changes: Sequence[Change]) -> list[tuple[Change, Control]]:
    """Every change of `changes` that is possible, with every control outside the sidebar that it fits."""
    return [
        (change, control)
        for change in changes
        for control in controls
        if control.kind == change.kind and control.in_main and fnmatchcase(control.key, change.key)
        if not getattr(control.proto, "disabled", False)
    ]


def header(data: bytes) -> dict[str, Any]:
    """The `meta` that `explorer.live.pack` wrote ahead of a component's data; {} if it did not, or much."""
    if len(data) < 8 or data[:4] != b"LXP1":
        return {}
    (length,) = struct.unpack_from("<I", data, 4)
    return json.loads(data[8 : 8 + length])["meta"] if length <= LARGEST_HEADER else {}


def opening_state(control: Control) -> WidgetState | None:
    """What a browser reports for a control before it is touched, and after the script has set it."""
    proto, state = control.proto, WidgetState(id=control.id)
    given = getattr(proto, "set_value", False)
    if control.kind == SLIDER:
        state.double_array_value.data.extend(proto.value if given else proto.default)
    elif control.kind == GROUP:
        opened = proto.raw_values if given else [proto.options[i].content for i in proto.default]
        state.string_array_value.data.extend(opened)
    elif control.kind in (SELECT, "radio") and proto.options:
        state.string_value = proto.raw_value if given else proto.options[proto.default]
    elif control.kind == "checkbox":
        state.bool_value = proto.value if given else proto.default
    elif control.kind == NUMBER:
        state.double_value = proto.value if given else proto.default
    else:
        return None
    return state


def changed_state(change: Change, control: Control, now: WidgetState | None, chance: Random) -> WidgetState:
    """The control as the reader leaves it: a place on a slider or an option other than `now`, a trigger."""
    if change.event:
        base = f"{STREAMLIT_INTERNAL_KEY_PREFIX}_{control.id}{EVENT_DELIM}events"
        value = change.value(chance, control.meta) if change.value else None
        message = [{"event": change.event, "value": value}]
        return WidgetState(id=base, json_trigger_value=json.dumps(message))
    proto, state = control.proto, WidgetState(id=control.id)
    if control.kind == SLIDER:
        state.double_array_value.data.append(_place(proto, now, chance, change.value))
    elif control.kind == GROUP:
        options = [option.content for option in proto.options]
        state.string_array_value.data.append(_other(options, now.string_array_value.data[:1], chance))
    elif control.kind in (SELECT, "radio"):
        state.string_value = _other(proto.options, [now.string_value], chance)
    elif control.kind == BUTTON:
        state.trigger_value = True
    elif control.kind == NUMBER:  # as the page uses it: whole numbers between two bounds
        places = range(int(proto.min), int(proto.max) + 1, int(proto.step) or 1)
        state.double_value = chance.choice([place for place in places if place != now.double_value] or places)
    else:
        raise ValueError(f"Nothing is known about changing a {control.kind}; write it into changed_state.")
    return state


def _place(slider: Message, now: WidgetState, chance: Random, value: Callable | None) -> float:
    if value is not None:
        return float(value(chance, {}))
    steps = max(1, round((slider.max - slider.min) / slider.step))
    here = round((now.double_array_value.data[0] - slider.min) / slider.step)
    there = chance.choice([step for step in range(steps + 1) if step != here])
    return min(slider.max, slider.min + there * slider.step)


def _other(options: Sequence[str], now: Sequence[str], chance: Random) -> str:
    others = [option for option in options if option not in now]
    return chance.choice(others or list(options))
