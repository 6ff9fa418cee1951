"""A resumed run is bit for bit the uninterrupted one, and a state that is none is refused."""

from __future__ import annotations

import json

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save as save_tensors

from training.loop import Interrupted, Run
from training.recipes import Corruption
from training.state import read_state, write_state

CPU = torch.device("cpu")
NOISE = (
    Corruption("gaussian", 0.0, 1.0),
    Corruption("salt_pepper", 0.1, 0.5),
    Corruption("masking", 0.0, 0.7),
    Corruption("block", 0.2, 0.5),
)


def everything(run: Run) -> dict[str, torch.Tensor]:
    """All that decides how a run goes on, and what it made."""
    tensors = {f"model.{n}": t for n, t in run.model.state_dict().items()}
    for index, state in run.optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{n}": t for n, t in state.items()}
    if run.critic is not None:
        tensors |= {f"critic.{n}": t for n, t in run.critic.state_dict().items()}
        for index, state in run.critic_optimizer.state_dict()["state"].items():
            tensors |= {f"critic_optimizer.{index}.{n}": t for n, t in state.items()}
    tensors["order"] = run.order_generator.get_state()
    tensors["noise"] = run.noise_generator.get_state()
    return tensors


def same(a: Run, b: Run) -> bool:
    one, other = everything(a), everything(b)
    points = [[{k: v for k, v in p.items() if k != "seconds"} for p in run.curve] for run in (a, b)]
    equal = all(torch.equal(one[n], other[n]) for n in one)
    return one.keys() == other.keys() and equal and points[0] == points[1] and a.step == b.step


def stop_at(run: Run, path, *steps: int) -> None:
    """Train until each of `steps` in turn, saving there."""
    for step in steps:
        with pytest.raises(Interrupted):
            run.train(path, stop=lambda: run.step == step)  # noqa: B023


CASES = {
    "vae": {},
    "autoencoder with corruptions": dict(family="autoencoder", corruptions=NOISE),
    "vae with corruptions": dict(corruptions=NOISE),
    "annealed": dict(family="annealed"),
    "a critic beside it": dict(family="factor"),
    "layer by layer": dict(family="stacked"),
    "tied weights": dict(family="contractive"),
    "dropout": dict(family="dropout"),
    "conv, bf16": dict(
        precision="bf16",
        arguments=dict(image_shape=[1, 8, 8], latent_dim=2, trunk_kind="conv", widths=[4, 6]),
    ),
}
_finished: dict[str, Run] = {}


def uninterrupted(case: str, tiny) -> Run:
    if case not in _finished:
        _finished[case] = Run(tiny(**CASES[case]), 5, CPU)
        _finished[case].train()
    return _finished[case]


@given(case=st.sampled_from(list(CASES)), step=st.integers(1, 54))
@settings(max_examples=18, deadline=None)
def test_a_run_resumed_anywhere_is_bit_for_bit_the_uninterrupted_one(tiny, tmp_path_factory, case, step):
    path = tmp_path_factory.mktemp("runs") / "state.safetensors"
    begun = Run(tiny(**CASES[case]), 5, CPU)
    stop_at(begun, path, step)
    torch.manual_seed(1234)  # another process has another global state
    resumed = Run(tiny(**CASES[case]), 5, CPU)
    torch.rand(7)
    resumed.restore(path)
    assert resumed.step == step
    resumed.train()
    assert same(resumed, uninterrupted(case, tiny))


@pytest.mark.parametrize("case", CASES)
def test_a_run_stopped_many_times_ends_the_same_and_another_seed_does_not(tiny, tmp_path, case):
    path = tmp_path / "state.safetensors"
    for step in (1, 2, 17, 18, 19, 40, 54):  # first, second, around the end of an epoch, last
        run = Run(tiny(**CASES[case]), 5, CPU)
        if path.is_file():
            run.restore(path)
        stop_at(run, path, step)
    run.train()
    assert same(run, uninterrupted(case, tiny))
    other = Run(tiny(**CASES[case]), 6, CPU)
    other.train()
    assert not same(other, run)


def test_saving_does_not_disturb_the_run(tiny, tmp_path):
    run = Run(tiny(), 5, CPU)
    run.train(tmp_path / "state.safetensors", save_every_seconds=0.0)
    assert same(run, uninterrupted("vae", tiny))
    assert read_state(tmp_path / "state.safetensors")[1]["step"] == 54


def test_the_optimisers_state_comes_back_in_the_weights_own_memory_layout(tiny, tmp_path):
    """As on a GPU, where the weights lie channels last: a fused optimiser reads both in one order."""

    def make() -> Run:
        run = Run(tiny(arguments=CASES["conv, bf16"]["arguments"] | {"widths": [4, 6, 8]}), 0, CPU)
        run.model.to(memory_format=torch.channels_last)
        return run

    begun, resumed, path = make(), make(), tmp_path / "state.safetensors"
    stop_at(begun, path, 20)
    resumed.restore(path)
    for weight, state in resumed.optimizer.state.items():
        assert state["exp_avg"].stride() == state["exp_avg_sq"].stride() == weight.stride()
    begun.train()
    resumed.train()
    assert same(begun, resumed)


# Resume states that are none


@pytest.fixture
def state(tiny, tmp_path):
    path = tmp_path / "state.safetensors"
    stop_at(Run(tiny(), 5, CPU), path, 3)
    return path


def restore_error(run: Run, path) -> str:
    with pytest.raises(ValueError) as caught:
        run.restore(path)
    said = str(caught.value)
    assert said.startswith(str(path)) and said.endswith(".") and "\n" not in said
    return said


@pytest.mark.parametrize("damage", [
    lambda content: content[:-1], lambda content: content[:40], lambda content: b"",
    lambda content: b"\xff" * 99,
    lambda content: save_tensors({"a": torch.zeros(2)}),
    lambda content: save_tensors({"a": torch.zeros(2)}, metadata={"facts": "{half"}),
    lambda content: save_tensors({"a": torch.zeros(2)}, metadata={"facts": "[1]"}),
], ids=["cut", "cut header", "empty", "rubbish", "no facts", "bad facts", "other facts"])  # fmt: skip
def test_a_damaged_state_is_named(tiny, state, damage):
    state.write_bytes(damage(state.read_bytes()))
    said = restore_error(Run(tiny(), 5, CPU), state)
    assert " is damaged (" in said and said.endswith("delete it and start again.")


def test_a_state_of_another_run_is_refused(tiny, state):
    words = "was made by another version of tiny: start again without --resume."
    assert words in restore_error(Run(tiny(), 6, CPU), state)
    assert words in restore_error(Run(tiny(learning_rate=1e-3), 5, CPU), state)
    write_state(state, {"a": torch.zeros(2)}, {})
    assert words in restore_error(Run(tiny(), 5, CPU), state)


def test_a_kill_while_the_state_is_written_leaves_the_old_one(tiny, state, monkeypatch):
    before = state.read_bytes()

    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    run = Run(tiny(), 5, CPU)
    run.restore(state)
    for moment in ("fsync", "replace"):
        monkeypatch.setattr(f"training.state.os.{moment}", killed)
        with pytest.raises(Killed):
            run.save(state)
        monkeypatch.undo()
        assert state.read_bytes() == before


def test_facts_of_a_state_are_json_and_hold_no_path(state):
    facts = read_state(state)[1]
    assert set(facts) == {"recipe", "seed", "step", "seconds", "curve"} and facts["step"] == 3
    assert json.loads(json.dumps(facts)) == facts
