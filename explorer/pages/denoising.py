"""Denoising: an image gets noise, four methods take it away again. How much noise is too much?

Noise, networks, filters and scores follow the finger in the browser (`explorer/live/noise.py`); what stands
here is the choice of image and noise, the curve over all levels, and the words.
"""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer import corruption, denoiser, images, latent
from explorer.live.cursor import cursor
from explorer.live.latent_map import Pin, latent_map
from explorer.live.noise import noise_methods, noise_study
from explorer.metrics import reconstruction
from explorer.studies import field
from explorer.ui import correction, correction_scene, denoisers, inputs, load, maps, sidebar, widgets
from explorer.ui.denoisers import NAMES
from explorer.ui.state import View

KINDS = {"gaussian": "Gaussian", "salt_pepper": "salt and pepper", "masking": "masking", "block": "block"}
OPENING = {"gaussian": 0.5, "salt_pepper": 0.3, "masking": 0.5, "block": 0.4}
SHORT = {"gaussian": "σ = ", "salt_pepper": "a share of ", "masking": "a share of ", "block": "a side of "}
LEVEL, CODE, PLAIN = "denoising-level", "denoising-code", "denoising-plain"  # the page's cursors
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
hero_place = st.container(gap=None)
level_column, input_column = st.columns([3, 2], gap="large")
with level_column:
    kind = view.choice("kind", "Noise", tuple(KINDS), "gaussian", kind="segmented", format_func=KINDS.get)
    # Columns: level, PSNR of the noisy input, PSNR of the result, share of images that keep their class.
    averages = np.array(ours.metrics["denoising_curves"]["value"][kind])
    level_name = corruption.LEVEL_NAMES[kind]
    top = averages[-1, 0].item()
    level = view.get(
        "level", OPENING[kind], lambda v: None if 0 <= v <= top else f"it must lie between 0 and {top:g}"
    )
    seed = view.get("seed", 0, lambda s: None if 0 <= s < 10**6 else "a seed lies between 0 and 999999")
    st.button("New noise", on_click=lambda: view.put("seed", (seed + 1) % 10**6))
with input_column:
    given = inputs.pick(view, chosen.dataset, ours.id, first=FIRST % len(gallery.labels))

clean, source = given.image, plain or ours
if clean is None:
    clean = load.thumbnails(chosen.dataset.id, source.id)[[given.index]].astype(np.float32) / 255
    with input_column:
        st.caption(f"The clean picture is itself a decoding by {source.title}, which favours that model.")
        widgets.fetch_offer(chosen.dataset)
dark = st.context.theme.type == "dark"


let_go = {"level": level}  # where the hand has left it: a release runs a part of this page, not the whole


def keep(value: list[float]) -> None:
    """The level has been let go: the link holds it, and what is made later is of this level."""
    let_go["level"] = round(value[0], 2)
    view.put("level", let_go["level"])


def at_level() -> tuple[float, np.ndarray, np.ndarray]:
    """The level where the hand has left it, the noisy image (1, C, H, W) and the denoised one there."""
    now = let_go["level"]
    noisy = corruption.corrupt_array(clean, kind, now, seed)
    return now, noisy, latent.reconstruct(model, noisy)


noisy = corruption.corrupt_array(clean, kind, level, seed)
# An image's own code has no vote on it. A reader's image has no label but the vote on it without noise.
codes = np.concatenate([latent.encode(model, x)[0] for x in (clean, noisy)])
label = denoiser.vote(gallery.z, gallery.labels, codes[:1]).classes[0] if given.index is None else None
truth = int(gallery.labels[given.index] if label is None else label)


def png() -> bytes:
    """All results and their residuals as one picture, made when it is asked for."""
    level, noisy, _ = at_level()
    _, settings = denoiser.tuned_for(tuning["value"][kind], level)
    results = {"noisy": noisy} | denoiser.mend(model, other, noisy, settings)
    top = [images.picture(images.to_uint8(x)[0]) for x in (clean, *results.values())]
    apart = [(x - clean)[0].mean(axis=0) for x in (clean, *results.values())]
    bottom = [images.diverging(each, 1.0, dark=dark) for each in apart]
    decibels = {name: widgets.number(float(reconstruction.psnr(clean, x)[0])) for name, x in results.items()}
    return images.labelled_grid(
        np.stack([top, bottom]).transpose(0, 1, 4, 2, 3),
        ["picture", "residual"],
        ["Clean", *(f"{NAMES[name]} {decibel} dB" for name, decibel in decibels.items())],
        title=f"{ours.title}: {KINDS[kind]} noise, {level_name} {level:g}, seed {seed}",
        scale=4,
        dark=dark,
    )


with hero_place:
    in_browser = load.live(ours.id)
    cursor(CODE, codes[1], in_browser, with_encoder=True)
    if plain:
        cursor(PLAIN, np.zeros(other.latent_dim), load.live(plain.id), with_encoder=True)
    study = noise_study(
        "denoising-study",
        level=LEVEL,
        code=CODE,
        plain=PLAIN if plain else None,
        clean=clean[0],
        draws=corruption.draws(kind, clean.shape[1:], seed),
        kind=kind,
        max_level=top,
        settings=tuning["value"][kind],
        voters=denoiser.VOTERS,
        exclude=given.index,
        truth=truth,
        words=denoisers.words(f"Level: {level_name}", given.name, names),
        sizes=widgets.HEROES,
        rendered=denoisers.rendered(ours.id, plain.id if plain else None, noisy),
    )

curve = denoisers.image_curve(ours.id, plain.id if plain else None, clean, kind, seed, given.index)
fails = denoiser.fails_from(curve.levels, curve.votes == truth)
fails_on_average = denoiser.fails_from(averages[:, 0], averages[:, 3] >= 0.5)
lost = f"The class is lost from {SHORT[kind]}{fails:g}" if fails is not None else "The class survives"


def show_curve() -> None:
    """The curve with its dot at the level, and what ties the level to the link."""
    now, _, denoised = at_level()
    if now != level and view.get("field", False):
        st.rerun()  # the arrows are of this level too
    with st.container(gap=None):
        cursor(LEVEL, [now], on_release=keep)
        lines = denoisers.curve_figure(
            curve.levels, curve.psnr, averages[:, [0, 2]], lost, level_name, fails, fails_on_average
        )
        dot = float(reconstruction.psnr(clean, denoised)[0])
        alt = f"PSNR against the {level_name} for every method. {lost}."
        widgets.chart(lines.moved("now", [now], [dot]), "psnr-curve", alt, file=f"{ours.id}-psnr")


curve_column, map_column = st.columns([3, 2], gap="large")
with curve_column:
    # All that a release runs, but where the server has to draw the pictures.
    (show_curve if in_browser.refused else st.fragment(show_curve))()
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
    here, there = found.place(codes).tolist()
    if given.index is not None and given.image is not None:
        here = found.points[given.index].tolist()
    moving = not in_browser.refused
    latent_map(
        found.points,
        key=f"denoising-map-{ours.id}-{found.method}",
        labels=gallery.labels,
        label_names=names,
        sheet=maps.sheet_for(chosen.dataset.id, ours.id),
        pins=[Pin(*here, "clean"), *([] if moving else [Pin(*there, "noisy", hollow=True)])],
        paths=[] if moving else [np.array([here, there])],
        live=maps.live_point(found, CODE, draggable=False, tether=tuple(here)) if moving else None,
        height=420,
        aria_label="Map of the denoiser's codes; a line joins the clean and the noisy image's code",
    )
    st.caption(found.sentence)

st.subheader("Every method on this image", anchor=False)
noise_methods(
    "denoising-methods",
    study=study,
    level=LEVEL,
    code=CODE,
    names={name: title for name, title in NAMES.items() if plain or name != "plain"},
    residual="residual",
    palette=images.diverging(np.linspace(-1, 1, 255)[None], 1.0, dark=dark)[0],
    sizes=widgets.CELLS,
)
compared = f" Plain model: {plain.title} (`{plain.id}`), trained on clean images only." if plain else ""
st.caption(
    "Below each picture its residual, result − clean, on one scale: blue −1, too dark; red +1, too bright. "
    f"PSNR ↑ and SSIM ↑ against the clean picture. Denoised: {ours.title} (`{ours.id}`).{compared} The "
    f"filters were tuned at levels {', '.join(f'{row[0]:g}' for row in tuning['value'][kind])} on "
    f"{tuning['on']}; each level here takes the settings of the nearest of these."
)
if "psnr_gain" in ours.metrics:
    mean = {n: ours.metrics[f"psnr_{n}"]["value"] for n in ("noisy", *denoiser.CLASSICAL, "pca_shrinkage")}
    st.caption(
        f"Mean PSNR over the {ours.metrics['psnr']['on']}: denoised {ours.metrics['psnr']['value']:.1f} dB, "
        + ", ".join(f"{NAMES.get(n, 'PCA shrinkage')} {v:.1f}" for n, v in mean.items())
        + ". PCA shrinkage has to be fitted on many images; this page leaves it out."
    )
widgets.download("PNG of the row", png, f"{ours.id}-{kind}.png", "image/png", "denoising-png")

correction.fold(
    view, correction_scene.Scene(chosen.dataset, ours.id, source.id, clean, noisy, given.index, kind, level)
)

widgets.try_this(
    "Guess first: at which level will you no longer recognise the picture, and at which will the model? "
    "Find both. Press *New noise* a few times near that level. Set the level to 0: what happens to an image "
    "without noise? Draw something that is not in the data: the denoiser turns it into what it knows."
)


def formula_text() -> str:
    """The formula's symbols, with this image's own numbers."""
    psnr = float(reconstruction.psnr(clean, at_level()[2])[0])
    settings = "; ".join(f"at {row[0]:g} {denoisers.settings_text(row[1])}" for row in tuning["value"][kind])
    return (
        r"$x$ the clean image, $C$ the corruption, $\tilde x$ what it makes of $x$, $f$ the encoder, $g$ the "
        "decoder (Vincent et al. 2008): the input is corrupted, the target is not. MSE is the mean squared "
        rf"error per pixel, 1 the largest intensity: here $10 \log_{{10}} (1 / {10 ** (-psnr / 10):.4f}) = "
        rf"{psnr:.1f}$ dB. "
        "SSIM (Wang et al. 2004) compares means, contrasts and patterns window by window; 1 is equality. "
        f"The filters' settings: {settings}"
    )


widgets.formula(
    r"\tilde x \sim C(\tilde x \mid x), \quad \min_{f,\,g}\ \mathbb{E}\,\lVert x - g(f(\tilde x))\rVert^2, "
    r"\quad \mathrm{PSNR} = 10 \log_{10} \frac{1}{\mathrm{MSE}}",
    formula_text,
)
widgets.show_code(__file__, corruption, denoiser, field)
for card in (ours, plain):
    if card is not None:
        widgets.card_panel(card)
