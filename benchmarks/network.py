"""A network of 64 × 64 pixels at the largest size that is shipped, decoded and drawn in Chromium."""

from __future__ import annotations

import base64

from playwright.sync_api import Browser
from torch import manual_seed, nn

from benchmarks.chromium import opened, quantiles
from benchmarks.report import Row
from explorer.live import network
from explorer.live.join import join
from explorer.models.layers import multiply_adds

LARGE_MS = 8.0
TIMES = 200
RUN = """async ([modules, asset, times]) => {
  const [{ Network }, { unpack }, { Pixels }] = await Promise.all(modules.map((address) => import(address)));
  const { meta, arrays } = unpack(Uint8Array.from(atob(asset), (c) => c.charCodeAt(0)));
  const net = new Network(meta, arrays);
  const canvas = document.body.appendChild(document.createElement("canvas"));
  const pixels = new Pixels(canvas), list = [];
  for (let i = 0; i < times; i++) {
    await new Promise(requestAnimationFrame);
    const start = performance.now();
    const code = Float32Array.from({ length: net.inputSize }, () => 4 * Math.random() - 2);
    pixels.draw(net.forward(code), net.outputShape, 256);
    list.push(performance.now() - start);
  }
  return list;
}"""


def large_decoder() -> nn.Sequential:
    """A decoder of nearly 4 million multiply-adds for three colours, 64 × 64, with random weights."""
    manual_seed(0)
    return nn.Sequential(
        nn.Linear(32, 128), nn.SiLU(), nn.Linear(128, 32 * 64), nn.SiLU(), nn.Unflatten(1, (32, 8, 8)),
        nn.ConvTranspose2d(32, 32, 4, 2, 1), nn.SiLU(), nn.ConvTranspose2d(32, 14, 4, 2, 1), nn.SiLU(),
        nn.ConvTranspose2d(14, 3, 4, 2, 1), nn.Sigmoid(),
    )  # fmt: skip


def large_rows(browser: Browser, url: str, seconds: float) -> list[Row]:
    """Decode and draw of `large_decoder`, once a frame."""
    decoder = large_decoder()
    million = multiply_adds(decoder, (32,)) / 1e6
    asset = base64.b64encode(network.export(decoder, (32,)).packed).decode()
    modules = [
        "data:text/javascript;base64," + base64.b64encode(join(name).encode()).decode()
        for name in ("network", "pack", "pixels")
    ]
    with opened(browser) as (page, _):
        page.goto("about:blank")
        low, high = quantiles(page.evaluate(RUN, [modules, asset, TIMES])[20:])
    note = f"p50 {low:.2f}; random weights, {million:.1f} million multiply-adds"
    return [Row("64 × 64, three colours: decode + draw, p95", high, "ms", LARGE_MS, note)]
