"""Denoising: an image gets noise, four methods take it away again. How much noise is too much?"""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer import corruption, denoiser, images, latent
from explorer.figures.denoising import psnr_curve
from explorer.live.latent_map import Pin, latent_map
from explorer.metrics import reconstruction
from explorer.ui import denoisers, inputs, load, maps, rows, sidebar, widgets
from explorer.ui.state import View

KINDS = {"gaussian": "Gaussian", "salt_pepper": "salt and pepper", "masking": "masking", "block": "block"}
OPENING = {"gaussian": 0.5, "salt_pepper": 0.3, "masking": 0.5, "block": 0.4}
SHORT = {"gaussian": "σ = ", "salt_pepper": "a share of ", "masking": "a share of ", "block": "a side of "}
NAMES = {
    "noisy": "Noisy input",
    "denoiser": "Denoised",
    "plain": "Plain model",
    "median": "Median filter",
    "non_local_means": "Non-local means",
}
FIRST = 3_673  # on MNIST a 7 that becomes a 9

chosen = sidebar.current()
view = View("denoising")
names = chosen.dataset.label_names
widgets.header(
    "How much noise can it undo?",
    "Raise the level: look for the point where the denoised picture is still clean, but of something else.",
)
ours, plain = denoisers.choose_or_stop(view, chosen)
model = widgets.model_or_stop(ours.id)
other = load.model(plain.id) if plain else None
gallery = load.gallery(ours.id)
tuning = ours.metrics["classical_settings"]

# The picture stands above its controls, and is filled in once they have been read.
hero_place = st.container()
level_column, input_column = st.columns([3, 2], gap="large")
with level_column:
    kind = view.choice("kind", "Noise", tuple(KINDS), "gaussian", kind="segmented", format_func=KINDS.get)
    # Columns: level, PSNR of the noisy input, PSNR of the result, share of images that keep their class.
    averages = np.array(ours.metrics["denoising_curves"]["value"][kind])
    level_name = corruption.LEVEL_NAMES[kind]
    level = view.slider("level", f"Level: {level_name}", 0.0, averages[-1, 0].item(), OPENING[kind], 0.05)
    seed = view.get("seed", 0, lambda s: None if 0 <= s < 10**6 else "a seed lies between 0 and 999999")
    st.button("New noise", on_click=lambda: view.put("seed", (seed + 1) % 10**6))
with input_column:
    given = inputs.pick(view, chosen.dataset, ours.id, first=FIRST % len(gallery.labels))

clean = given.image
if clean is None:
    source = plain or ours
    clean = load.thumbnails(chosen.dataset.id, source.id)[[given.index]].astype(np.float32) / 255
    with input_column:
        st.caption(f"The clean picture is itself a decoding by {source.title}, which favours that model.")
        widgets.fetch_offer(chosen.dataset)
noisy = corruption.corrupt_array(clean, kind, level, seed)
tuned_level, settings = denoiser.tuned_for(tuning["value"][kind], level)
results = {"noisy": noisy} | denoiser.mend(model, other, noisy, settings)
psnr = {name: float(reconstruction.psnr(clean, x)[0]) for name, x in results.items()}
ssim = {name: float(reconstruction.ssim(clean, x)[0]) for name, x in results.items()}
best = max(denoiser.CLASSICAL, key=psnr.__getitem__)
dark = st.context.theme.type == "dark"
residuals = {n: images.diverging((x - clean)[0].mean(axis=0), 1.0, dark=dark) for n, x in results.items()}
# An image's own code has no vote on it. A reader's image has no label but the vote on it without noise.
codes = np.concatenate([latent.encode(model, x)[0] for x in (clean, noisy)])
vote = denoiser.vote(gallery.z, gallery.labels, codes, given.index)
truth = int(vote.classes[0] if given.index is None else gallery.labels[given.index])


def figure(name: str, more: str = "", residual: bool = False) -> rows.Figure:
    """One method's result, its residual below if asked for, and its scores."""
    pictures, alts = [images.to_uint8(results[name])[0]], [f"{NAMES[name]}: {given.name}"]
    if residual:
        pictures, alts = [*pictures, residuals[name]], [*alts, f"{NAMES[name]}: residual"]
    lines = [f"{widgets.number(psnr[name])} dB", f"SSIM {ssim[name]:.2f}", more]
    return rows.Figure(NAMES[name], pictures, alts, [line for line in lines if line])


def settings_text(method: str) -> str:
    """The tuned parameters of a classical method in words."""
    found = (f"{k.replace('_', ' ')} {v:.3g}" for k, v in settings[method].items())
    return f"{NAMES[method]}: {', '.join(found)}.".replace(" -", " −")


def png() -> bytes:
    """All results and their residuals as one picture."""
    top = [images.picture(images.to_uint8(x)[0]) for x in (clean, *results.values())]
    bottom = [images.diverging(np.zeros(clean.shape[2:]), 1.0, dark=dark), *residuals.values()]
    return images.labelled_grid(
        np.stack([top, bottom]).transpose(0, 1, 4, 2, 3),
        ["picture", "residual"],
        ["Clean", *(f"{NAMES[n]} {widgets.number(psnr[n])} dB" for n in results)],
        title=f"{ours.title}: {KINDS[kind]} noise, {level_name} {level:g}, seed {seed}",
        scale=4,
        dark=dark,
    )


with hero_place:
    original = rows.Figure("Clean", [images.to_uint8(clean)[0]], [f"Clean: {given.name}"], [given.name])
    shown = [original, figure("noisy"), figure("denoiser"), figure(best, "the better filter here")]
    rows.figure_row(shown, rows.HERO, "heroes")
    ahead = psnr["denoiser"] - psnr[best]
    verdict = f"{widgets.number(abs(ahead))} dB {'above' if ahead >= 0 else 'below'} the better filter"
    if psnr["denoiser"] < psnr["noisy"]:
        verdict = "farther from the clean picture than the noisy input is"
    right = "right" if vote.classes[1] == truth else f"wrong, it is “{names[truth]}”"
    st.markdown(
        f"**Denoised: {verdict}.** Of the {denoiser.VOTERS} gallery codes nearest to the noisy image's code "
        f"{vote.agreeing[1]} are “{names[vote.classes[1]]}”: {right}."
    )

curve = denoisers.image_curve(ours.id, plain.id if plain else None, clean, kind, seed, given.index)
fails = denoiser.fails_from(curve.levels, curve.votes == truth)
fails_on_average = denoiser.fails_from(averages[:, 0], averages[:, 3] >= 0.5)
curve_column, map_column = st.columns([3, 2], gap="large")
with curve_column:
    lost = f"The class is lost from {SHORT[kind]}{fails:g}" if fails is not None else "The class survives"
    lines = psnr_curve(
        curve.levels,
        curve.psnr,
        average=(averages[:, 0], averages[:, 2]),
        now=(level, psnr["denoiser"]),
        title=lost,
        level_name=level_name,
        fails=fails,
        fails_on_average=fails_on_average,
    )
    widgets.chart(lines, "psnr-curve", f"PSNR against the {level_name} for every method. {lost}.")
    voted = "what they vote for without noise" if given.index is None else "its own class"
    worse = ", ".join(f"{v:g}" for v in curve.levels[curve.worse])
    st.caption(
        f"This image, its noise of seed {seed} growing. **Fails**: the lowest of the {len(curve.levels)} "
        f"levels tried from which on the {denoiser.VOTERS} gallery codes nearest to the noisy image's code, "
        f"its own left out, never vote for {voted} (a tie goes to the smaller class). **On average**, the "
        f"thin lines, is over the {ours.metrics['denoising_curves']['on']}: the mean error in dB, and the "
        "lowest level from which on fewer than half keep their class. **×**: worse than the noisy input, at "
        f"{worse or 'no level'}; without noise always, because a code that is shorter than the image loses "
        "something of it."
    )
with map_column:
    found = maps.stored(ours.id, maps.choose(view, ours.id))
    points = found.place(codes)
    if given.index is not None and given.image is not None:
        points[0] = found.points[given.index]
    latent_map(
        found.points,
        key=f"denoising-map-{ours.id}-{found.method}",
        labels=gallery.labels,
        label_names=names,
        sheet=maps.sheet_for(chosen.dataset.id, ours.id),
        pins=[Pin(*points[0].tolist(), "clean"), Pin(*points[1].tolist(), "noisy", hollow=True)],
        paths=[points],
        height=420,
        aria_label="Map of the denoiser's codes; a line joins the clean and the noisy image's code",
    )
    far = vote.distance[1].item() / load.typical_distance(ours.id)
    st.caption(
        f"The noisy code lies {widgets.number(far, 2)} times as far from the nearest other gallery code as "
        f"is usual between gallery codes: the farther, the less its place says. {found.sentence}"
    )

st.subheader("Every method on this image", anchor=False)
rows.figure_row([figure(name, residual=True) for name in NAMES if name in results], rows.CELL, "cells")
compared = f" Plain model: {plain.title} (`{plain.id}`), trained on clean images only." if plain else ""
st.caption(
    "Below each picture its residual, result − clean, on one scale: blue −1, too dark; red +1, too bright. "
    f"PSNR ↑ and SSIM ↑ against the clean picture. Denoised: {ours.title} (`{ours.id}`).{compared} The "
    f"filters were tuned at levels {', '.join(f'{row[0]:g}' for row in tuning['value'][kind])} on "
    f"{tuning['on']}; here as for {tuned_level:g}. {settings_text('median')} "
    f"{settings_text('non_local_means')}"
)
if "psnr_gain" in ours.metrics:
    mean = {n: ours.metrics[f"psnr_{n}"]["value"] for n in ("noisy", *denoiser.CLASSICAL, "pca_shrinkage")}
    st.caption(
        f"Mean PSNR over the {ours.metrics['psnr']['on']}: denoised {ours.metrics['psnr']['value']:.1f} dB, "
        + ", ".join(f"{NAMES.get(n, 'PCA shrinkage')} {v:.1f}" for n, v in mean.items())
        + ". PCA shrinkage has to be fitted on many images; this page leaves it out."
    )
widgets.download("PNG of the row", png, f"{ours.id}-{kind}-{level:g}.png", "image/png", "denoising-png")

widgets.try_this(
    "Guess first: at which level will you no longer recognise the picture, and at which will the model? "
    "Find both. Press *New noise* a few times near that level. Set the level to 0: what happens to an image "
    "without noise? Draw something that is not in the data: the denoiser turns it into what it knows."
)
widgets.formula(
    r"\tilde x \sim C(\tilde x \mid x), \quad \min_{f,\,g}\ \mathbb{E}\,\lVert x - g(f(\tilde x))\rVert^2, "
    r"\quad \mathrm{PSNR} = 10 \log_{10} \frac{1}{\mathrm{MSE}}",
    r"$x$ the clean image, $C$ the corruption, $\tilde x$ what it makes of $x$, $f$ the encoder, $g$ the "
    "decoder (Vincent et al. 2008): the input is corrupted, the target is not. MSE is the mean squared error "
    rf"per pixel, 1 the largest intensity: here $10 \log_{{10}} (1 / {10 ** (-psnr['denoiser'] / 10):.4f}) = "
    rf"{psnr['denoiser']:.1f}$ dB. "
    "SSIM (Wang et al. 2004) compares means, contrasts and patterns window by window; 1 is equality.",
)
widgets.show_code(__file__, corruption, denoiser)
for card in (ours, plain):
    if card is not None:
        widgets.card_panel(card)
