"""What the field of arrows says in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from explorer.studies.field import Field, Plane, cosine
from explorer.ui import widgets

if TYPE_CHECKING:
    from explorer.ui.correction_scene import Scene, Walk

COUNTED = "ten"
PLANES = {"picture": "through this picture", "components": "of all pictures"}
WHOSE = {
    "model": "the denoiser",
    "linear": "the best linear denoiser",
    "images": "the best one for these images alone",
}
AXES = {
    "picture": ("from the mean of all to the clean picture", "along its noise"),
    "components": ("first principal component of the pixels", "second"),
}
GUESS = (
    "Guess first: does an arrow from a noisy picture to the denoiser's output point to the mean of all "
    "pictures, to where pictures are dense, or anywhere? And how long is the second step beside the first?"
)
LATEX = r"r(\tilde x) - \tilde x = \sigma^2\, \nabla_{\tilde x} \ln p_\sigma(\tilde x)"


def title(arrows: Field) -> str:
    """The chart's message."""
    return f"{100 * arrows.share:.0f} % of the correction lies in this plane"


def scale(factor: float) -> str:
    """How to read the arrows."""
    return (
        "Dots: pictures on the plane. Arrows: output − input, laid on the plane, drawn at "
        f"{widgets.number(factor, 2)} times their length. Grey: where the gallery's pictures fall on it. "
        "Orange: the denoiser's path, numbered by the times applied, at full length. Tap a dot to start "
        "there."
    )


def arrows(scene: Scene, whose: str, shown: Field, ours: Field) -> str:
    """What the arrows are, and how near the denoiser's come to the best ones."""
    if whose == "model":
        said = "Arrows of the denoiser itself, at every dot the same network."
        if scene.kind == "gaussian" and scene.level > 0:
            return f"{said} What would be best can be worked out for two simpler worlds: change *Arrows of*."
        return f"{said} For Gaussian noise the best correction is known: choose that noise to compare."
    world = {
        "linear": "if all pictures together were one Gaussian: every arrow shrinks towards the mean, along "
        "directions of little variance most",
        "images": "if there were no other pictures than the gallery's: nearly every arrow ends on the "
        "nearest of them",
    }[whose]
    return (
        f"The best correction at σ = {scene.level:g} {world}. Mean cosine to the denoiser's, over all "
        f"pixels: **{_signed(cosine(shown.corrections, ours.corrections))}**."
    )


def _signed(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def towards(shown: Field, cosines: Mapping[str, float]) -> str:
    """How well the arrows point to each of some targets."""
    said = [f"{name} **{_signed(value)}**" for name, value in cosines.items()]
    at_mean = f"At the mean itself the correction is {widgets.number(shown.lengths[-1])} long."
    return f"Mean cosine of the arrows, over all pixels, to the way to: {', '.join(said)}. {at_mean}"


def where(plane: Plane, scene: Scene, real: float) -> str:
    """How far pictures lie from the plane; the gallery's do by `real` on average."""
    clean, noisy = (float(plane.apart(x.reshape(1, -1))[0]) for x in (scene.clean, scene.noisy))
    return (
        f"A plane has two directions of {plane.axes.shape[1]:,}. Distance to it: clean picture {clean:.1f}, "
        f"noisy picture {noisy:.1f}, the gallery's pictures {real:.1f} on average. Dots are pictures that "
        "lie on it exactly, values below black and above white left in; the others only cast their shadow."
    )


def formula(scene: Scene, step: float) -> str:
    """The identity's symbols, with this picture's own numbers."""
    symbols = (
        r"$r(\tilde x) = \mathbb{E}[x \mid \tilde x]$ the best denoiser of all for Gaussian noise of "
        r"standard deviation $\sigma$ and squared error, $\tilde x$ the noisy picture, $p_\sigma$ the "
        "density of the *noisy* pictures, which becomes that of the clean ones only as the "
        "noise goes to 0 (Vincent 2011; Alain & Bengio 2014). "
    )
    if scene.kind != "gaussian" or not scene.level:
        return f"{symbols} The noise chosen above is none of that kind, so no arrow here is such a gradient."
    return (
        rf"{symbols} Here $\sigma^2 = {scene.level**2:.3g}$ and the first step is {step:.2f} long: if this "
        f"denoiser were the best one, the gradient would be {step / scene.level**2:.1f} long. It is not: its "
        r"noise was clipped and of several kinds, it is not told $\sigma$, and its code loses something of "
        "every picture."
    )


def walk(found: Walk, times: int) -> str:
    """The path in numbers."""
    if not times:
        return "Not applied yet: guess how long the first step will be, and the second."
    first, last = (widgets.number(found.lengths[step]) for step in (0, times - 1))
    real, clean = (f"**{widgets.number(each[0])}**" for each in (found.real, found.clean))
    real_now, clean_now = (f"**{widgets.number(each[times])}**" for each in (found.real, found.clean))
    more = f", step {times} **{last}**" if times > 1 else ""
    return (
        f"Step 1 is **{first}** long{more}. The nearest real image was {real} away and is {real_now} now; "
        f"the clean picture {clean}, now {clean_now}. Cosine of step 1 to the way to the clean picture "
        f"**{_signed(found.cosines[0])}**, to the mean of all **{_signed(found.cosines[1])}**."
    )


def columns(times: int) -> list[str]:
    """Heads of the strip."""
    return ["Start", *(f"× {step}" for step in range(1, times + 1))]


def distances(typical: float, count: int) -> str:
    """What the distances are measured to."""
    return (
        f"Euclidean over all pixels. Real: the gallery's {count:,} pictures, the chosen one left out. "
        f"Dotted: a real picture's median distance to its nearest other one, {widgets.number(typical)}."
    )
