"""The denoiser as a field of arrows in a browser: the level moves it, a tapped place starts the path."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect

from explorer import datasets, latent, zoo
from explorer.corruption import corrupt_array

OURS, INDEX, START = "mnist-dae", 3_673, 90_000
#: Where on the screen the foot of an arrow stands, and its place on the plane.
FOOT = """(i) => {
  const graph = [...document.querySelectorAll('.js-plotly-plot')].find(
    (each) => each.data.some((trace) => trace.name === 'feet'));
  const points = graph.calcdata.find((points) => points[0].trace.name === 'feet');
  const {xaxis, yaxis} = graph._fullLayout, box = graph.getBoundingClientRect(), {x, y} = points[i];
  return [box.x + xaxis._offset + xaxis.l2p(x), box.y + yaxis._offset + yaxis.l2p(y), x, y];
}"""


def test_level_and_tapped_place_move_the_path(
    server: Callable[[str], str], browser_page: Page, settle: Callable[[Page], None]
) -> None:
    page = browser_page
    page.set_viewport_size({"width": 1280, "height": 2400})
    page.goto(
        f"{server('app.py')}/denoising?data=mnist&model={OURS}&index={INDEX}&field=true&plane=components"
    )
    said = page.get_by_text("Step 1 is")
    expect(said).to_be_visible(timeout=START)
    settle(page)
    model, clean = zoo.load(OURS), datasets.get("mnist").split("gallery").pixels(INDEX)

    def first_step(x: np.ndarray) -> re.Pattern[str]:
        return re.compile(f"Step 1 is {np.linalg.norm(latent.reconstruct(model, x) - x):.3g}")

    level = page.get_by_role("slider", name="Level")
    level.focus()
    level.press("End")  # σ = 2
    expect(said).to_have_text(first_step(corrupt_array(clean, "gaussian", 2.0, 0)), timeout=START)
    settle(page)

    page.get_by_role("button", name="Apply ten times").click()
    expect(said).to_contain_text("step 10")
    x, y, *place = page.evaluate(FOOT, 60)
    page.mouse.move(x, y)
    page.wait_for_timeout(300)  # Plotly looks for the point under the pointer
    page.mouse.click(x, y)
    expect(page.get_by_role("button", name="Start from the noisy picture")).to_be_visible(timeout=START)
    pixels = datasets.get("mnist").split("gallery").pixels().reshape(-1, 784).astype(np.float64)
    axes = np.linalg.eigh(np.cov(pixels.T))[1][:, :-3:-1].T
    axes = axes * np.sign(axes[[0, 1], np.abs(axes).argmax(axis=1)])[:, None]
    start = (pixels.mean(axis=0) + place @ axes).astype(np.float32).reshape(1, 1, 28, 28)
    expect(said).to_have_text(first_step(start))

    with page.expect_download() as download:
        page.get_by_role("button", name="GIF of ten steps").click()
    with Image.open(Path(download.value.path())) as film:
        assert film.n_frames == 11 and film.size[0] % 28 == 0
