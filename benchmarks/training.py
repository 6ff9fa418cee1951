"""How fast the training loop is beside pythae's: python -m benchmarks.training [--json FILE] [--only NAME …]

The same network, batch size, images and epochs on the same number of threads, each side in a process of its
own, one after the other. The first epoch warms up, each of the others is a repetition. Run it on a quiet
machine, and where a GPU is meant, name it: --device cuda.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from benchmarks.report import Row, machine, table
from benchmarks.server import ROOT
from benchmarks.trainers import SIDES, Case, Found
from training.device import pick_device

#: What is compared, with the least ratio to pythae's images per second on a CPU.
CASES: dict[str, tuple[Case, float]] = {
    "mlp-100": (Case("mlp", 100, epochs=4, train=55_000, gallery=5000, test=10_000), 2.5),
    "mlp-256": (Case("mlp", 256, epochs=4, train=55_000, gallery=5000, test=10_000), 2.5),
    "conv-100": (Case("conv", 100, epochs=3, train=600, gallery=100, test=500), 1.4),
}
GPU_LEAST = 20.0
GPU_CONV_IMAGES = 55_000
TITLES = {"mlp": "MLP VAE 784-512-16", "conv": "pythae's convolutional VAE"}


class TrainerError(Exception):
    """What a side said when it failed, in one sentence."""


def pythae_version() -> str:
    """The installed version.

    Raises
    ------
    TrainerError
        If it is not installed.
    """
    try:
        return importlib.metadata.version("pythae")
    except importlib.metadata.PackageNotFoundError:
        raise TrainerError(
            "pythae is not installed: run `make setup`, or `pip install -r requirements-benchmarks.txt`."
        ) from None


def run_side(side: str, case: Case) -> Found:
    """Start the side in a process of its own and wait for it.

    Raises
    ------
    TrainerError
        If it ended with an error.
    """
    threads = str(case.threads)
    result = subprocess.run(
        [sys.executable, "-m", "benchmarks.trainers", side, json.dumps(asdict(case))],
        cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads},
        capture_output=True, text=True,
    )  # fmt: skip
    if result.returncode:
        last = (result.stderr.strip().splitlines() or ["no message"])[-1]
        raise TrainerError(f"{side} failed on {case.network}, batch {case.batch_size}: {last}")
    return Found(**json.loads(result.stdout.splitlines()[-1]))


def measure(case: Case, repeat: int) -> dict[str, list[Found]]:
    """Every side `repeat` times in turn, each time with another seed."""
    found: dict[str, list[Found]] = {side: [] for side in SIDES}
    for seed in range(repeat):
        for side in SIDES:
            found[side].append(run_side(side, replace(case, seed=seed)))
    return found


def rows(case: Case, least: float | None, found: dict[str, list[Found]]) -> list[Row]:
    """The numbers of a case; `least` is the target of its ratio."""
    rates = {side: [rate for run in runs for rate in run.rates] for side, runs in found.items()}
    median = {side: statistics.median(values) for side, values in rates.items()}
    loss = {side: statistics.fmean(run.test_loss for run in found[side]) for side in ("ours", "pythae")}
    peak = {side: max(run.peak_mb for run in found[side]) for side in ("ours", "pythae")}
    seeds = len(found["ours"])
    of_seeds = f", mean of {seeds} seeds" if seeds > 1 else ""

    def spread(side: str) -> str:
        values = rates[side]
        return (
            f"{found[side][0].arithmetic}; {min(values):,.0f} to {max(values):,.0f} in {len(values)} epochs"
        )

    def memory(side: str) -> str:
        run = max(found[side], key=lambda run: run.peak_mb)
        device = "" if run.device_mb is None else f"; {run.device_mb:,.0f} on the device"
        return f"{run.before_mb:,.0f} before it began{device}"

    title = f"{TITLES[case.network]}, batch {case.batch_size}"
    images = f"{found['ours'][0].data}, {case.train:,} images, {case.epochs} epochs"
    return [
        Row(f"{title}: ours ÷ pythae", median["ours"] / median["pythae"], "×", note=images, least=least),
        Row("  test loss, ours − pythae's", loss["ours"] - loss["pythae"], "nats", least and 0.0,
            f"ours {loss['ours']:.2f}, pythae's {loss['pythae']:.2f}{of_seeds}"),
        Row("  ours", median["ours"], "images/s", note=spread("ours")),
        Row("  pythae", median["pythae"], "images/s", note=spread("pythae")),
        Row("  bare forward + backward", median["bare"], "images/s",
            note=f"{spread('bare')}; ours reaches {median['ours'] / median['bare']:.0%}"),
        Row("  peak memory, ours", peak["ours"], "MB", note=memory("ours")),
        Row("  peak memory, pythae", peak["pythae"], "MB", note=memory("pythae")),
    ]  # fmt: skip


def planned(case: Case, asked: argparse.Namespace) -> Case:
    """The case on the device and threads asked for; on a GPU the convolutional one sees all images."""
    case = replace(case, threads=asked.threads, device=asked.device)
    if asked.device != "cpu" and case.network == "conv":
        case = replace(case, train=GPU_CONV_IMAGES, gallery=5000, test=10_000)
    if asked.images:
        case = replace(case, train=asked.images)
    if asked.quick:
        case = replace(case, batch_size=20, epochs=2, train=40, gallery=40, test=40)
    return case


def compare(asked: argparse.Namespace, say: Callable[[str], None]) -> dict[str, Any]:
    """All cases asked for: their rows, and what each side found."""
    found: dict[str, Any] = {"machine": machine(), "torch": torch.__version__, "pythae": pythae_version()}
    lines: list[Row] = []
    found |= {"device": asked.device, "threads": asked.threads, "cases": {}}
    for name in asked.only:
        case, least = CASES[name]
        case = planned(case, asked)
        say(f"{name} …")
        runs = measure(case, asked.repeat)
        least = least if asked.device == "cpu" else GPU_LEAST
        lines += rows(case, None if asked.quick else least, runs)  # so little is no target
        sides = {side: [asdict(run) for run in each] for side, each in runs.items()}
        found["cases"][name] = {"case": asdict(case), **sides}
    before, after = found["machine"]["load_average"], machine()["load_average"]
    lines += [Row("load average before", before, "", note="of this machine"), Row("  after", after, "")]
    return found | {"rows": [row.as_json() for row in lines]}


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the same as JSON")
    parser.add_argument("--only", nargs="+", choices=list(CASES), default=list(CASES), help="only these")
    parser.add_argument("--device", default="cpu", help="cpu (the default) or cuda")
    parser.add_argument("--images", type=int, help="training images of every case (default: its own)")
    parser.add_argument("--threads", type=int, default=2, help="of each side (2)")
    parser.add_argument("--repeat", type=int, default=1, help="processes of each side, a seed each (1)")
    parser.add_argument("--quick", action="store_true", help="two batches: shows only that it runs")
    asked = parser.parse_args(arguments)
    try:
        pick_device(asked.device)
        found = compare(asked, lambda text: print(text, file=sys.stderr, flush=True))
    except (TrainerError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    print(table([Row(**{k: v for k, v in row.items() if k != "met"}) for row in found["rows"]]))
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
