"""What the posterior collapse lab says, out of the cards' numbers."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.live.epoch_film import LEAST
from explorer.studies import collapse
from explorer.studies.linear_vae import LinearVAE
from explorer.ui.widgets import number
from explorer.zoo import ModelCard

FILM = {
    "slider": "Epoch",
    "play": "Play the training",
    "stop": "Stop",
    "at": "after epoch {epoch} of {last}",
    "epoch": "epoch {epoch}",
    "top": "{top} nats, both runs on one scale",
    "run": f"KL {{kl}} nats; {{count}} of {{of}} dimensions above {LEAST:g} nats; KL weight {{weight}}.",
}
TRY = (
    "Say which run ends with the most active units and which with the best bound; then read the table. "
    "Choose the plain run beside each cure in turn and play them: which run gives back dimensions that it "
    "had? Last, choose a dimension at its floor: does it say what it costs, and what does moving it do?"
)
LATEX = (
    r"-\mathrm{ELBO}(x) = \underbrace{\mathbb{E}_{q(z|x)}[-\ln p(x|z)]}_{\text{reconstruction}} + "
    r"\underbrace{\textstyle\sum_j \mathrm{KL}_j}_{\text{rate}},\qquad "
    r"\text{trained on}\quad \mathbb{E}[-\ln p(x|z)] + \beta\,w\,"
    r"\textstyle\sum_j \max(\lambda, \mathrm{KL}_j)"
)


HEADS = (
    "run", "active units", f"above {LEAST:g} nats", "KL", "I(x; z)", "−log p(x|z) ↓", "−ELBO ↓",
    "beside the first",
)  # fmt: skip


def amount(value: float) -> str:
    """Nats in three digits; what is as good as nothing is not given in millionths."""
    return number(value) if value >= 1e-3 else "less than 0.001"


def rows(runs: Sequence[ModelCard]) -> list[list[str]]:
    """The table of all runs, under `HEADS`."""
    found = []
    for row, card in zip(collapse.table(runs), runs, strict=True):
        costs = row["costs"]
        beside = "" if card is runs[0] else ("+" if costs > 0 else "−") + f"{abs(costs):.1f}"
        units = f"{row['active_units']:.0f} of {card.arguments['latent_dim']}"
        names = (collapse.KL, collapse.TOLD, collapse.NLL, collapse.BOUND)
        nats = [f"{max(0.0, row[name]):.1f}" for name in names]
        found.append([str(row["run"]), units, str(row["carrying"]), *nats, beside])
    return found


def story(runs: Sequence[ModelCard]) -> str:
    """What the cures did to the bound with the first run's decoder; that another decoder may need no code."""
    plain = runs[0]
    cured = [card for card in runs[1:] if collapse.same_decoder(plain, card)]
    parts = []
    if cured:
        most = max((plain, *cured), key=lambda card: collapse.value(card, collapse.TOLD))
        best = min((plain, *cured), key=lambda card: collapse.value(card, collapse.BOUND))
        parts.append(
            f"With the decoder of “{collapse.name(plain)}”, the code says most in “{collapse.name(most)}” "
            f"({_nats(most, collapse.TOLD)}), and the best bound is that of “{collapse.name(best)}” "
            f"({_nats(best, collapse.BOUND)}, beside {_nats(plain, collapse.BOUND)})."
        )
    best = min(runs, key=lambda card: collapse.value(card, collapse.BOUND))
    if best is not plain and best not in cured:
        parts.append(
            f"The best bound of all is that of “{collapse.name(best)}”, {_nats(best, collapse.BOUND)}, and "
            f"its code says {_nats(best, collapse.TOLD)}. The bound does not ask where information is kept: "
            "what a decoder works out from the pixels before it needs no code."
        )
    return "\n\n".join(parts)


def _nats(card: ModelCard, metric: str) -> str:
    return f"{collapse.value(card, metric):.1f} nats"


def on(card: ModelCard) -> str:
    """What the numbers of the table are measured on and how."""
    told, bound = card.metrics[collapse.TOLD], card.metrics[collapse.BOUND]
    return (
        f"Nats per image, {bound['on']}. The bound is the true one: KL unweighted and without a floor. "
        f"I(x; z): {told['how']}. By chance a dimension's may pass its KL by a hundredth. "
        f"Active: {card.metrics[collapse.ACTIVE]['how']}."
    )


def weight_of(card: ModelCard) -> str:
    """How the run treats the KL term, in words."""
    facts = card.arguments
    parts = {
        "constant": "the KL counts in full from the start",
        "linear": f"the weight of the KL rises from 0 to 1 over the first {facts['rise']:.0%} of training",
        "cyclical": f"the weight of the KL rises from 0 to 1 anew in each of {facts['cycles']} cycles",
    }[facts["schedule"]]
    if facts["beta"] != 1:
        parts += f", {facts['beta']:g} times over"
    if facts["free_bits"]:
        parts += f"; below {facts['free_bits']:g} nats a dimension's KL costs nothing"
    decoder = "each pixel sees nothing but the code"
    if card.family == "rows":
        decoder = "each row sees the rows above it" + (", each pixel those to its left" * facts["left"])
    return f"{parts}. Decoder: {decoder}."


def formula(card: ModelCard) -> str:
    """Every symbol, and the numbers of a run."""
    nll, kl, bound = (collapse.value(card, name) for name in (collapse.NLL, collapse.KL, collapse.BOUND))
    facts = card.arguments
    clamped = sum(max(facts["free_bits"], each) for _, each, _ in collapse.dimensions(card))
    text = (
        "$q(z|x)$ the encoder's Gaussian, $p(x|z)$ the decoder, $\\mathrm{KL}_j$ the divergence of dimension "
        "$j$ from the standard normal prior, mean over images; $w$ the weight of the schedule, $\\lambda$ "
        "the floor of free bits. The left side is the bound that is compared; the right side is what the "
        "training sees.\n\n"
        f"“{collapse.name(card)}”: {nll:.1f} + {kl:.1f} = **{bound:.1f} nats**. "
    )
    if facts["free_bits"]:
        text += (
            f"With each dimension lifted to its floor the rate would read {clamped:.1f} nats, and "
            f"{nll + clamped:.1f} in all: that is not the ELBO. "
        )
    return text + (
        "Collapse is a code that says less than the task needs; a few dimensions at zero are pruning, and "
        "the mode collapse of adversarial training, which leaves out parts of the data, is another thing. "
        "Bowman et al. 2016 (warm-up), Kingma et al. 2016 (free bits), Chen et al. 2017 (strong decoders), "
        "Fu et al. 2019 (cycles), He et al. 2019 (an encoder that lags behind)."
    )


def probed(moved: int, facts: tuple[float, float], change: float, largest: int, largest_change: float) -> str:
    """What the moved dimension costs and says, and what it does to the picture beside the largest one."""
    kl, told = facts
    if kl < 0.05:
        judged = "Its posterior is the prior, whatever the image: it carries nothing."
    elif told >= 0.9 * kl:
        judged = "Here it says what it costs. Nothing forces it to."
    else:
        judged = "It costs more than it says."
    return (
        f"z{moved + 1} costs **{amount(kl)} nats** and says **{amount(told)} nats** of the image. From −3 to "
        f"+3 a pixel changes by {number(change)} on average; for z{largest + 1}, the largest, by "
        f"{number(largest_change)}.\n\n"
        f"{judged} A posterior that differs from the prior in the same way for every image costs KL and says "
        "nothing: a floor only takes away the pressure below it."
    )


def linear(fitted: LinearVAE, deviation: float, best: float, latent_dim: int, pixels: int) -> str:
    """What the linear VAE does at this noise."""
    return (
        f"With noise of standard deviation {number(deviation)} (variance {number(deviation**2)}) "
        f"**{fitted.alive} of {latent_dim} dimensions stay alive**; together their KL is "
        f"{number(float(fitted.kl.sum()))} nats. A direction with variance λ is worth ½ ln(λ / variance of "
        "the noise) nats if that is positive, and else nothing: its weights go to zero, at the very best "
        "solution, with a decoder as weak as can be.\n\n"
        f"The noise of the highest likelihood is the mean variance of the {pixels - latent_dim:,} directions "
        f"that are left out: standard deviation {number(best**0.5)}. A fixed 0.71 is what “sum of squared "
        "errors + KL” assumes; the weight β and the noise are one knob, β = 2 · variance."
    )
