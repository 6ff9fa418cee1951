"""Maps, placement on a fixed map, and the job in a process of its own."""

from __future__ import annotations

import gc
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.distance import cdist, pdist
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from explorer import projection
from explorer.metrics.probes import knn_accuracy_leave_one_out
from explorer.projection import ProjectionError, ProjectionJob

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray]:
    data = load_digits()
    return data.data[:300], data.target[:300]


@pytest.fixture(scope="module")
def tsne(digits) -> tuple[np.ndarray, list[tuple[float, str]]]:
    heard: list[tuple[float, str]] = []
    points = projection.fit(
        "tsne",
        digits[0],
        seed=1,
        perplexity=20,
        progress=lambda fraction, what: heard.append((fraction, what)),
    )
    return points, heard


def wait_for(job: ProjectionJob) -> list[tuple[float, str]]:
    """All states seen until the job is done."""
    seen = [job.poll()]
    while not job.done:
        time.sleep(0.02)
        if job.poll() != seen[-1]:
            seen.append(job.poll())
    return seen


def alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and waits to be reaped does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")


def gone(pid: int, folder: Path) -> bool:
    """Whether process and folder disappear; asked for two minutes, where the fit itself would take many."""
    for _ in range(2400):
        if not alive(pid) and not folder.exists():
            return True
        time.sleep(0.05)
    return False


# maps


def test_importing_the_package_loads_no_heavy_library() -> None:
    code = "import sys, explorer.projection; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    heavy = {"umap", "numba", "openTSNE", "pynndescent", "sklearn", "torch", "streamlit", "matplotlib"}
    assert heavy.isdisjoint(name.partition(".")[0] for name in loaded.stdout.split())


@pytest.mark.parametrize("width", [2, 3, 20])
def test_pca_equals_scikit_learn_and_places_exactly(width: int) -> None:
    rng = np.random.default_rng(width)
    codes = (rng.normal(size=(200, width)) @ rng.normal(size=(width, width)) + 3.0).astype(np.float32)
    found = projection.pca(codes)
    model = PCA(2, svd_solver="full").fit(codes.astype(np.float64))
    assert np.abs(found.points) == pytest.approx(np.abs(model.transform(codes)), abs=1e-4)
    assert found.explained == pytest.approx(model.explained_variance_ratio_, rel=1e-5)
    new = rng.normal(size=(5, width))
    signs = np.sign((found.axes * model.components_).sum(axis=1))
    assert found.place(new) == pytest.approx(model.transform(new) * signs, abs=1e-4)
    assert found.place(codes[:7]) == pytest.approx(found.points[:7], abs=1e-9)
    assert projection.fit("pca", codes) == pytest.approx(found.points, rel=1e-5, abs=1e-5)
    mirrored = projection.pca(codes[::-1])
    assert mirrored.axes == pytest.approx(found.axes, abs=1e-6)  # the signs do not depend on the order


def test_pca_of_one_dimension_lies_on_a_line() -> None:
    codes = np.array([[1.0], [4.0], [7.0]])
    found = projection.pca(codes)
    assert found.points == pytest.approx(np.array([[-3.0, 0.0], [0.0, 0.0], [3.0, 0.0]]))
    assert found.explained == pytest.approx([1.0, 0.0])
    assert found.place(np.array([[5.0]])) == pytest.approx(np.array([[1.0, 0.0]]))


def test_tsne_keeps_neighbours_and_a_seed_gives_one_map(digits, tsne) -> None:
    codes, labels = digits
    points, heard = tsne
    assert points.shape == (300, 2) and points.dtype == np.float32
    assert knn_accuracy_leave_one_out(points, labels) > 0.9
    assert knn_accuracy_leave_one_out(projection.pca(codes).points, labels) < 0.75
    assert np.array_equal(projection.fit("tsne", codes, seed=1, perplexity=20), points)
    assert not np.array_equal(projection.fit("tsne", codes, seed=2, perplexity=20), points)
    fractions = [fraction for fraction, _ in heard]
    assert fractions[0] == 0.0 and fractions[-1] == 1.0 and len(fractions) > 50
    assert all(a <= b for a, b in itertools.pairwise(fractions))
    assert any("iteration 400 of 750" in what for _, what in heard)


def test_umap_keeps_neighbours_and_reports_epochs(digits) -> None:
    codes, labels = digits
    heard: list[tuple[float, str]] = []
    points = projection.fit(
        "umap", codes, n_neighbors=10, min_dist=0.05, progress=lambda *state: heard.append(state)
    )
    assert points.shape == (300, 2) and points.dtype == np.float32
    assert knn_accuracy_leave_one_out(points, labels) > 0.9
    assert np.array_equal(projection.fit("umap", codes, n_neighbors=10, min_dist=0.05), points)
    fractions = [fraction for fraction, _ in heard]
    assert fractions[-1] == 1.0 and all(a <= b for a, b in itertools.pairwise(fractions))
    assert any("epoch" in what for _, what in heard)
    other = projection.fit("umap", codes, n_neighbors=60, min_dist=0.9)
    assert np.median(pdist(other)) != pytest.approx(np.median(pdist(points)), rel=0.01)


@pytest.mark.parametrize("method", ["tsne", "umap"])
@pytest.mark.parametrize("width", [1, 2])
def test_narrow_codes_and_equal_codes_have_maps_too(method: str, width: int) -> None:
    codes = np.repeat(np.random.default_rng(0).normal(size=(20, width)), 2, axis=0)
    parameters = {"perplexity": 5} if method == "tsne" else {"n_neighbors": 5}
    assert np.isfinite(projection.fit(method, codes, **parameters)).all()


@pytest.mark.parametrize(
    ("method", "parameters", "message"),
    [
        ("tsne", {"perplexity": 60}, "Perplexity 60 does not suit 100 codes: choose 2 to 33."),
        ("tsne", {"perplexity": 1}, "choose 2 to 33"),
        ("tsne", {"n_neighbors": 5}, "t-SNE has no parameter 'n_neighbors': it takes perplexity."),
        ("tsne", {"perplexity": float("nan")}, "finite number"),
        ("umap", {"n_neighbors": 100}, "n_neighbors 100 does not suit 100 codes: choose 2 to 99."),
        ("umap", {"n_neighbors": 7.5}, "whole number"),
        ("umap", {"min_dist": 1.5}, "choose 0 to 1"),
        ("umap", {"min_dist": "0.1"}, "finite number"),
        ("pca", {"perplexity": 5}, "no parameters"),
        ("mds", {}, "choose from pca, tsne, umap"),
    ],
)
def test_bad_parameters_are_refused_with_a_sentence(method: str, parameters: dict, message: str) -> None:
    codes = np.zeros((100, 3))
    for attempt in (projection.fit, ProjectionJob):
        with pytest.raises(ValueError, match=message.replace(".", r"\.")) as caught:
            attempt(method, codes, **parameters)
        assert "\n" not in str(caught.value) and str(caught.value).endswith(".")


def test_bad_codes_and_seeds_are_refused_with_a_sentence() -> None:
    codes = np.zeros((100, 3))
    for attempt in (projection.fit, ProjectionJob):
        with pytest.raises(ValueError, match="not finite"):
            attempt("tsne", codes + np.inf)
        with pytest.raises(ValueError, match="matrix"):
            attempt("tsne", codes[:, 0])
        with pytest.raises(ValueError, match="8 or more"):
            attempt("tsne", codes[:7])
        with pytest.raises(ValueError, match="Seed -1"):
            attempt("tsne", codes, seed=-1)
    with pytest.raises(ValueError, match=r"pass \(B, 3\)"):
        projection.pca(codes).place(np.zeros((2, 4)))


# placement


def test_placement_follows_its_formula(digits, tsne) -> None:
    codes, points = digits[0][:250], tsne[0][:250]
    new = load_digits().data[300:330]
    found = projection.place(codes, points, new, k=15)
    distances = cdist(new, codes)
    for row in range(len(new)):
        nearest = np.argsort(distances[row], kind="stable")[:15]
        d = distances[row, nearest]
        weights = np.exp(-(d - d[0]) / d.std()) / d
        assert found.neighbours[row].tolist() == nearest.tolist()
        assert found.points[row] == pytest.approx(weights @ points[nearest] / weights.sum(), rel=1e-6)
        assert found.distance[row] == pytest.approx(d[0])
    within = cdist(codes, codes) + np.diag(np.full(250, np.inf))
    assert found.typical == pytest.approx(np.median(within.min(axis=1)))
    assert projection.place(codes, points, new, typical=7.0).typical == 7.0


def test_a_code_of_the_map_lies_where_it_is_and_one_beside_it_lies_beside(digits, tsne) -> None:
    codes, points = digits[0], tsne[0]
    found = projection.place(codes, points, codes[:20])
    assert found.points == pytest.approx(points[:20])
    assert found.distance == pytest.approx(np.zeros(20), abs=0)
    beside = projection.place(codes, points, codes[:20] + 1e-6)
    assert beside.points == pytest.approx(points[:20], abs=1e-3)
    far = projection.place(codes, points, codes[:1] + 100.0)
    assert far.distance[0] > 20 * far.typical


def test_placement_with_equal_distances_is_the_plain_mean() -> None:
    codes = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0], [9.0, 9.0]])
    points = np.array([[4.0, 0.0], [0.0, 0.0], [0.0, 8.0], [0.0, 0.0], [50.0, 50.0]])
    found = projection.place(codes, points, np.zeros((1, 2)), k=4)
    assert found.points == pytest.approx(np.array([[1.0, 2.0]]))


def test_leave_one_out_error_is_the_error_of_placing_without_the_code(digits, tsne) -> None:
    codes, points = digits[0], tsne[0]
    found = projection.leave_one_out_error(codes, points, k=10, sample=300)
    errors = []
    for n in range(300):
        others = np.arange(300) != n
        placed = projection.place(codes[others], points[others], codes[n : n + 1], k=10, typical=0.0).points
        errors.append(np.linalg.norm(placed[0] - points[n]))
    assert found.median == pytest.approx(np.median(errors), rel=1e-6)
    assert found.p90 == pytest.approx(np.percentile(errors, 90), rel=1e-6)
    assert found.diameter == pytest.approx(pdist(points).max(), rel=1e-5)
    assert found.median_share == pytest.approx(found.median / found.diameter)
    assert found.p90_share == pytest.approx(found.p90 / found.diameter)
    assert found.median_share < 0.1 < projection.leave_one_out_error(codes[::-1], points).median_share
    some = projection.leave_one_out_error(codes, points, sample=50, seed=3)
    assert some.tried == 50 and some == projection.leave_one_out_error(codes, points, sample=50, seed=3)


def test_bad_maps_are_refused_with_a_sentence() -> None:
    codes = np.random.default_rng(0).normal(size=(30, 4))
    with pytest.raises(ValueError, match="one finite position a code"):
        projection.place(codes, np.zeros((29, 2)), codes[:1])
    with pytest.raises(ValueError, match="All positions"):
        projection.leave_one_out_error(codes, np.ones((30, 2)))
    with pytest.raises(ValueError, match="choose 1 to 30"):
        projection.place(codes, np.ones((30, 2)), codes[:1], k=31)


# jobs


def test_a_job_reports_and_gives_the_map_that_fit_gives(digits, tsne) -> None:
    job = ProjectionJob("tsne", digits[0], seed=1, perplexity=20)
    assert job.poll() == (0.0, "waiting to start") and not job.done
    with pytest.raises(ProjectionError, match="not there yet"):
        job.result()
    job.start()
    folder = job._folder
    seen = wait_for(job)
    points = job.result()
    fractions = [fraction for fraction, _ in seen]
    assert all(a <= b for a, b in itertools.pairwise(fractions)) and len(set(fractions)) > 3
    assert job.poll() == (1.0, "done")
    assert np.array_equal(points, tsne[0])
    assert not folder.exists() and job.result() is points
    job.cancel()
    assert job.result() is points
    with pytest.raises(RuntimeError, match="started before"):
        job.start()


def test_cancel_ends_the_process_and_removes_the_folder() -> None:
    job = ProjectionJob("tsne", np.random.default_rng(0).normal(size=(4000, 8))).start()
    pid, folder = job._process.pid, job._folder
    while job.poll()[0] == 0.0:
        time.sleep(0.02)
    assert alive(pid) and not job.done and os.getpgid(pid) == pid
    assert os.getpriority(os.PRIO_PROCESS, pid) == min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10)
    job.cancel()
    assert not alive(pid) and not folder.exists()
    assert job.done and job.poll()[1] == "cancelled"
    with pytest.raises(ProjectionError, match="cancelled"):
        job.result()


def test_a_job_that_nobody_holds_ends() -> None:
    job = ProjectionJob("tsne", np.random.default_rng(0).normal(size=(4000, 8))).start()
    pid, folder = job._process.pid, job._folder
    del job
    gc.collect()
    assert not alive(pid) and not folder.exists()


def test_the_process_dies_with_its_parent() -> None:
    code = (
        "import time, numpy as np; from explorer.projection import ProjectionJob;"
        "job = ProjectionJob('tsne', np.random.default_rng(0).normal(size=(50_000, 8))).start();"
        "print(job._process.pid, job._folder, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    pid, folder = parent.stdout.readline().split()
    progress = Path(folder) / "progress.jsonl"
    while progress.stat().st_size == 0:
        time.sleep(0.02)
    assert alive(int(pid))
    parent.kill()
    parent.communicate()
    assert gone(int(pid), Path(folder))


def test_a_job_that_fails_says_why_in_one_sentence(digits, monkeypatch) -> None:
    monkeypatch.setattr("explorer.projection.job.validate", lambda method, count, **parameters: parameters)
    job = ProjectionJob("tsne", digits[0], perplexity=200).start()
    wait_for(job)
    folder = job._folder
    with pytest.raises(ProjectionError) as caught:
        job.result()
    assert str(caught.value) == (
        "t-SNE could not be computed (exit status 2): Perplexity 200 does not suit 300 codes: choose 2 to 99."
    )
    assert not folder.exists()


def test_a_job_that_is_killed_says_so() -> None:
    job = ProjectionJob("tsne", np.random.default_rng(0).normal(size=(4000, 8))).start()
    os.kill(job._process.pid, signal.SIGKILL)
    wait_for(job)
    with pytest.raises(ProjectionError, match="signal 9"):
        job.result()


def test_the_worker_says_json_lines_and_writes_no_pickle(digits, tmp_path) -> None:
    np.save(tmp_path / "codes.npy", digits[0])
    request = {"method": "pca", "seed": 0, "parameters": {}}
    (tmp_path / "request.json").write_text(json.dumps(request))
    command = [sys.executable, "-m", "explorer.projection.worker", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        lines = worker.stdout.read().splitlines()
        assert worker.wait() == 0
        worker.stdin.close()
    assert [json.loads(line)["fraction"] for line in lines] == [0.0, 1.0]
    assert np.array_equal(np.load(tmp_path / "map.npy", allow_pickle=False), projection.fit("pca", digits[0]))
