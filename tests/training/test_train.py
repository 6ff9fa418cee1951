"""`python -m training.train`: real trainings, real kills, and what the command line says."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from explorer import datasets, latent, storage, zoo
from explorer.models import build
from training import train
from training.loop import Run
from training.recipes import Corruption, Recipe, get, recipes
from training.state import read_state, state_path
from training.validation import gallery_loss

ROOT = Path(__file__).resolve().parents[2]
CPU = torch.device("cpu")
CORRUPTIONS = (Corruption("gaussian", 0.0, 0.5), Corruption("block", 0.2, 0.5))


@pytest.fixture(autouse=True)
def own_signals():
    """The command line takes Ctrl-C over: give it back after each test."""
    before = {s: signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def never() -> bool:
    return False


def weights(path: Path) -> dict[str, torch.Tensor]:
    return read_state(path)[0]


def equal(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


# Training for real


@pytest.fixture(scope="module")
def digits_vae(tmp_path_factory):
    """The real recipe, trained once; its checkpoint's folder."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("digits-vae")
        patch.setattr(zoo, "PRETRAINED", folder / "zoo")
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        assert train.main(["digits-vae", "--device", "cpu"]) == 0
        assert not list((folder / "cache").rglob("*.safetensors"))
    return folder / "zoo"


def gallery_mse(model) -> float:
    x = datasets.get("digits").split("gallery").pixels()
    return float(((latent.reconstruct(model, x) - x) ** 2).mean())


def test_the_trained_model_beats_the_untrained_one_and_pca_of_its_size(digits_vae, monkeypatch):
    monkeypatch.setattr(zoo, "PRETRAINED", digits_vae)
    model = zoo.load("digits-vae")
    torch.manual_seed(0)
    untrained = build("vae", zoo.card("digits-vae").arguments)
    dataset = datasets.get("digits")
    train_images, gallery = (dataset.split(n).pixels().reshape(-1, 64) for n in ("train", "gallery"))
    pca = PCA(model.latent_dim).fit(train_images)
    linear = float(((pca.inverse_transform(pca.transform(gallery)) - gallery) ** 2).mean())
    assert gallery_mse(model) < 0.95 * linear < linear < 0.25 * gallery_mse(untrained)
    # What it was trained on: cross-entropy and KL together, 24.2 nats when this was written.
    held_out = torch.from_numpy(dataset.split("gallery").images.copy())
    assert sum(gallery_loss(model, held_out)) < 25 < 0.6 * sum(gallery_loss(untrained, held_out))


def test_the_card_of_a_training_is_complete(digits_vae, monkeypatch):
    monkeypatch.setattr(zoo, "PRETRAINED", digits_vae)
    card, recipe = zoo.card("digits-vae"), get("digits-vae")
    assert (card.id, card.title, card.dataset, card.family) == (recipe.id, recipe.title, "digits", "vae")
    assert card.recipe == recipe.as_dict() and card.seed == 0 and card.epochs == recipe.epochs == 120
    assert card.images_seen == 120 * (1197 // 64) * 64
    assert card.parameters == sum(p.numel() for p in zoo.load("digits-vae").parameters())
    assert card.device.startswith("CPU, ") and card.device.endswith("float32")
    assert card.terms == datasets.get("digits").terms
    assert card.metrics == {} and card.gallery_sha256 is None
    assert card.wall_clock_seconds == pytest.approx(card.curve[-1]["seconds"], abs=0.1)
    text = (digits_vae / "digits-vae" / zoo.CARD).read_text(encoding="utf-8")
    assert str(digits_vae) not in text and os.sep + "tmp" not in text


def test_the_learning_curve_is_well_formed(digits_vae, monkeypatch):
    monkeypatch.setattr(zoo, "PRETRAINED", digits_vae)
    curve = zoo.card("digits-vae").curve
    assert [p["epoch"] for p in curve] == list(range(1, 121))
    every = [set(p) for p in curve if "gallery_reconstruction" in p]
    assert len(every) == 20 and "gallery_reconstruction" in curve[-1]
    for point in curve:
        assert np.isfinite(np.hstack(list(point.values()))).all()
        assert point["loss"] == pytest.approx(point["reconstruction"] + point["regularizer"], abs=2e-4)
    losses = [p["loss"] for p in curve]
    assert max(losses[-10:]) < min(losses[:20]) and losses[-1] < 0.6 * losses[0]


def test_the_same_recipe_and_seed_give_the_same_checkpoint(home, tiny):
    shas = set()
    for _ in range(2):
        train.train(tiny(), 0, CPU, resume=False, stop=never)
        shas.add(zoo.card("tiny").sha256)
    assert len(shas) == 1


@pytest.mark.parametrize("spread", [0.0, 20_000.7])
def test_weights_are_stored_in_the_smallest_type_that_costs_nothing(tiny, spread):
    run = Run(tiny(), 0, CPU)
    run.train()
    with torch.no_grad():  # two equal units whose large weights cancel: float16 rounds both by up to 8
        first, last = run.model.decoder[0], run.model.decoder[2]
        first.weight[1], first.bias[1] = first.weight[0], first.bias[0]
        last.weight[:, 0] += spread
        last.weight[:, 1] -= spread
    before, costs = gallery_loss(run.model, run.held_out)[0], {}
    for dtype in storage.TYPES:
        rounded = build("vae", run.recipe.arguments)
        rounded.load_state_dict(storage.expand(storage.compress(run.model.state_dict(), dtype)))
        costs[dtype] = abs(gallery_loss(rounded, run.held_out)[0] / before - 1)
    chosen, levels = train.stored_form(run)
    assert levels == storage.LEVELS
    smaller = storage.TYPES[: storage.TYPES.index(chosen)]
    assert costs[chosen] < 1e-3 and all(costs[dtype] >= 1e-3 for dtype in smaller)
    assert (chosen == torch.float32) == bool(spread)


def test_a_run_with_few_levels_ends_where_rounding_costs_little(tiny):
    """Beside the same run that was rounded only afterwards."""
    costs = {}
    for levels in (3, storage.LEVELS):
        run = Run(tiny(epochs=40, levels=levels), 0, CPU)
        run.train()
        reported = run.curve[-1]["gallery_reconstruction"]
        if levels == 3:
            assert any(len(w.unique()) > 7 * w.numel() / storage.BLOCK for w in run.model.parameters())
        rounded = build("vae", run.recipe.arguments)
        rounded.load_state_dict(storage.expand(storage.compress(run.model.state_dict(), torch.int8, 3)))
        costs[levels] = gallery_loss(rounded, run.held_out)[0]
        best = gallery_loss(run.model, run.held_out)[0]
        # The curve tells what the checkpoint will do.
        assert reported == pytest.approx(costs[3] if levels == 3 else best, abs=2e-3)
    assert costs[3] - best < 0.7 * (costs[storage.LEVELS] - best)


def test_levels_that_cost_too_much_are_not_stored(tiny, monkeypatch):
    run = Run(tiny(epochs=40), 0, CPU)
    run.train()
    run.recipe = dataclasses.replace(run.recipe, levels=1)  # which it was not trained for
    assert train.stored_form(run) == (torch.int8, storage.LEVELS)
    monkeypatch.setattr(train, "LEVELS_LIMIT", 10.0)
    assert train.stored_form(run) == (torch.int8, 1)


def test_what_is_shipped_is_within_a_thousandth_of_what_was_trained(digits_vae, monkeypatch):
    monkeypatch.setattr(zoo, "PRETRAINED", digits_vae)
    held_out = torch.from_numpy(datasets.get("digits").split("gallery").images.copy())
    trained = zoo.card("digits-vae").curve[-1]["gallery_reconstruction"]
    assert gallery_loss(zoo.load("digits-vae"), held_out)[0] == pytest.approx(trained, rel=1e-3)


# Killed and resumed


EPOCHS = 40
RUNNER = """
import functools, json, os, random, signal, sys, time
from pathlib import Path
import torch
from explorer import datasets, zoo
from training import loop, train
from training.recipes import Corruption, Recipe
from training.state import read_state, state_path

torch.set_num_threads(1)
how, facts, kills = sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3])
facts["corruptions"] = tuple(Corruption(**each) for each in facts["corruptions"])
recipe, seed = Recipe(**facts), 1
zoo.PRETRAINED = Path("zoo").absolute()
# A state after every step, so that many a kill falls into the writing of one. What a process wrote outlives
# it without being synced, and some disks are slow at that.
loop.Run.train = functools.partialmethod(loop.Run.train, save_every_seconds=0.0)
os.fsync = lambda file: None
for name in ("train", "gallery"):
    datasets.get(recipe.dataset).split(name)
path = state_path(recipe.id, seed)

if how == "command":
    train.get = lambda name: recipe
    sys.exit(train.main(sys.argv[4:]))

steps, rng = [], random.Random(0)
for kill in range(kills + 1):
    before = path.stat().st_mtime_ns if path.is_file() else 0
    child = os.fork()
    if child == 0:
        train.train(recipe, seed, torch.device("cpu"), resume=True, stop=lambda: False)
        os._exit(0)
    if kill < kills:
        while not path.is_file() or path.stat().st_mtime_ns == before:
            time.sleep(0.001)
        time.sleep(rng.uniform(0.0, 0.04))
        os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    if not os.WIFSIGNALED(status):
        break
    steps.append(read_state(path)[1]["step"])
print(json.dumps({"steps": steps, "last": status}))
"""


def start(home: Path, recipe: Recipe, how: str, kills: int = 0, *arguments: str) -> subprocess.Popen:
    (home / "runner.py").write_text(RUNNER)
    facts = json.dumps(recipe.as_dict())
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "runner.py", how, facts, str(kills), *arguments],
        cwd=home, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


@pytest.fixture
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_a_run_killed_many_times_gives_the_weights_of_one_that_was_left_alone(home, tiny, one_thread):
    recipe = tiny(epochs=EPOCHS, seeds=(0, 1), corruptions=CORRUPTIONS)
    train.train(recipe, 1, CPU, resume=False, stop=never)
    path = train.seed_path(recipe, 1)
    alone = weights(path)
    path.unlink()
    process = start(home, recipe, "kill", 6)
    output, errors = process.communicate()
    assert process.returncode == 0, errors
    told = json.loads(output)
    assert told["last"] == 0 and len(set(told["steps"])) >= 2  # really killed, and at different places
    assert all(0 < step < EPOCHS * 18 for step in told["steps"]) and told["steps"] == sorted(told["steps"])
    assert equal(weights(path), alone)
    assert not state_path("tiny", 1).exists()


def test_ctrl_c_saves_and_says_how_to_go_on(home, tiny, one_thread):
    recipe = tiny(epochs=200, seeds=(1,))
    process = start(home, recipe, "command", 0, "tiny", "--device", "cpu")
    path = state_path("tiny", 1)
    while not path.is_file() and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate()
    assert process.returncode == 130 and "Traceback" not in errors
    assert errors.splitlines()[-1] == "Stopped; `--resume` continues from here."
    facts = read_state(path)[1]
    assert 0 < facts["step"] < 200 * 18 and not (home / "zoo").exists()
    assert len(facts["curve"]) == facts["step"] // 18


def test_a_run_stopped_by_its_command_line_goes_on_to_the_same_checkpoint(home, tiny, monkeypatch):
    recipe = tiny(seeds=(0, 1))
    monkeypatch.setattr(train, "get", lambda name: recipe)
    assert train.main(["tiny", "--device", "cpu"]) == 0
    shipped, further = zoo.card("tiny"), weights(train.seed_path(recipe, 1))
    train.seed_path(recipe, 1).unlink()

    class Soon(train._StopRequest):
        steps = 0

        def __call__(self) -> bool:
            self.steps += 1
            return self.steps == 25

    monkeypatch.setattr(zoo, "PRETRAINED", home / "again")
    monkeypatch.setattr(train, "_StopRequest", Soon)
    codes = []
    while not codes or codes[-1] == 130:
        codes.append(train.main(["tiny", "--device", "cpu", "--resume"]))
    assert codes == [130] * 4 + [0]  # 2 seeds of 54 steps, 25 at a time, each start afresh
    assert zoo.card("tiny").sha256 == shipped.sha256
    assert equal(weights(train.seed_path(recipe, 1)), further)
    assert [p["loss"] for p in zoo.card("tiny").curve] == [p["loss"] for p in shipped.curve]
    assert not state_path("tiny", 0).exists() and not state_path("tiny", 1).exists()


def test_resume_leaves_alone_what_is_trained_and_only_that(home, tiny, monkeypatch, capsys):
    recipe = tiny(seeds=(0, 1), epochs=1)
    monkeypatch.setattr(train, "get", lambda name: recipe)
    assert train.main(["tiny"]) == 0
    trained = []
    monkeypatch.setattr(train, "train", lambda recipe, seed, *rest: trained.append(seed))
    assert train.main(["tiny", "--resume"]) == 0 and trained == []
    assert "tiny seed 0 is trained: without --resume it is trained again." in capsys.readouterr().out
    assert train.main(["tiny"]) == 0 and trained == [0, 1]
    changed = dataclasses.replace(recipe, learning_rate=1e-3)  # weights of another recipe are not its own
    monkeypatch.setattr(train, "get", lambda name: changed)
    assert train.main(["tiny", "--resume"]) == 0 and trained == [0, 1, 0, 1]
    monkeypatch.setattr(train, "get", lambda name: recipe)
    (zoo.PRETRAINED / "tiny" / zoo.WEIGHTS).write_bytes(b"cut")
    assert train.main(["tiny", "--resume"]) == 0 and trained == [0, 1, 0, 1, 0]


def test_without_resume_a_saved_state_is_not_looked_at(home, tiny, monkeypatch):
    monkeypatch.setattr(train, "get", lambda name: tiny(epochs=1))
    state_path("tiny", 0).parent.mkdir(parents=True)
    state_path("tiny", 0).write_bytes(b"rubbish")
    assert train.main(["tiny", "--resume"]) == 1
    assert train.main(["tiny"]) == 0
    assert not state_path("tiny", 0).exists()


def test_a_recipe_can_begin_with_the_weights_of_a_checkpoint(home, tiny, monkeypatch):
    monkeypatch.setattr(train, "get", lambda name: tiny(id="first", epochs=2))
    assert train.main(["first"]) == 0
    begun = Run(tiny(start="first"), 7, CPU)  # whatever the seed: nothing of the first weights is its own
    assert equal(begun.model.state_dict(), zoo.load("first").state_dict())
    monkeypatch.setattr(train, "get", lambda name: tiny(start="first", epochs=1, learning_rate=1e-9))
    assert train.main(["tiny"]) == 0 and zoo.card("tiny").recipe["start"] == "first"
    for name, weight in zoo.load("tiny").state_dict().items():
        torch.testing.assert_close(weight, zoo.load("first").state_dict()[name], atol=0.02, rtol=0.02)


def test_the_epochs_of_the_command_line_are_those_of_the_card(home, tiny, monkeypatch):
    monkeypatch.setattr(train, "get", lambda name: tiny())
    assert train.main(["tiny", "--epochs", "2"]) == 0
    card = zoo.card("tiny")
    assert card.epochs == card.recipe["epochs"] == 2 == card.curve[-1]["epoch"]
    assert card.images_seen == 2 * 18 * 64


# The command line


def test_the_list_shows_every_recipe(capsys):
    for arguments in ([], ["--list"]):
        assert train.main(arguments) == 0
        lines = capsys.readouterr().out.splitlines()
        assert [line.split()[0] for line in lines] == list(recipes())


@pytest.mark.parametrize("changes, arguments, words", [
    (None, ["mnist-gan"], "recipe 'mnist-gan' is not known: `python -m training.train --list` shows all"),
    ({}, ["tiny", "--device", "warp"], "device 'warp' cannot be used here"),
    ({"dataset": "fashion"}, ["tiny"], "train-images-idx3-ubyte.gz is missing: fetch it (26.4 MB) from http"),
    ({"dataset": "imagenet"}, ["tiny"], "data set 'imagenet' is not known"),
    ({"learning_rate": 1e30}, ["tiny"], "the loss of tiny is no longer finite in epoch 1: lower its"),
    ({"start": "digits-vae"}, ["tiny"], "digits-vae"),
    ({}, ["tiny", "--epochs", "0"], "0 epochs were asked for: one is the least."),
    ({"batch_size": 5000}, ["tiny"], "tiny asks for batches of 5000 but has 1197 images"),
])  # fmt: skip
def test_what_goes_wrong_is_one_sentence(home, tiny, monkeypatch, capsys, changes, arguments, words):
    if changes is not None:
        monkeypatch.setattr(train, "get", lambda name: tiny(**changes))
    monkeypatch.setattr(datasets.get("fashion"), "_splits", {})
    assert train.main(arguments) == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert words in said and said.endswith(".") and not zoo.cards()
