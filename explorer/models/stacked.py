"""The stacked denoising autoencoder: built layer by layer, then trained as a whole."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from explorer.models.base import Loss, Paper
from explorer.models.plain import PlainAutoencoder


class StackedAutoencoder(PlainAutoencoder):
    """Greedy layer-wise pre-training as denoising autoencoders, then training of the whole.

    The first `pretraining` of the training is shared equally by the layers, from the image to the code
    (Bengio et al. 2007; Vincent et al. 2010, section 3.1). In its turn a layer of the encoder and its mirror
    image in the decoder learn to give back what the layers below it say of the clean image, h, from h with a
    share `noise` of its numbers set to 0: min ||h - g(f(masked h))||^2. Nothing else gets a gradient. After
    that all layers are trained at once, on clean images, as a plain autoencoder; with pretraining 0 they are
    from the first step.

    Which layer's turn it is follows from `progress` alone, so a run resumes in the midst of any layer. While
    the stack grows, the reconstruction that is reported is that of the image by the layers built so far, in
    training on every eighth image.

    Parameters
    ----------
    pretraining : share of the training in [0, 1]
    noise : share in [0, 1)
    """

    family = "stacked"
    paper = Paper("Vincent et al. 2010", "https://jmlr.org/papers/v11/vincent10a.html")

    def __init__(self, *trunk: Any, pretraining: float = 0.5, noise: float = 0.25, **named: Any) -> None:
        if not (0 <= pretraining <= 1 and 0 <= noise < 1):
            raise ValueError(
                f"pretraining {pretraining}, noise {noise}: give shares of at least 0, pretraining at most 1 "
                "and noise below 1."
            )
        super().__init__(*trunk, **named)  # the plain autoencoder's own arguments
        self.pretraining, self.noise = pretraining, noise

    @property
    def arguments(self) -> dict[str, Any]:
        return super().arguments | {"pretraining": self.pretraining, "noise": self.noise}

    def loss(
        self,
        x: Tensor,
        target: Tensor | None = None,
        condition: Tensor | None = None,
        generator: torch.Generator | None = None,
    ) -> Loss:
        progress = float(self.progress)
        if progress >= self.pretraining:
            return super().loss(x, target, condition, generator)
        layers = list(zip(blocks(self.encoder), reversed(blocks(self.decoder)), strict=True))
        turn = min(int(len(layers) * progress / self.pretraining), len(layers) - 1)
        h = x if target is None else target
        with torch.no_grad():
            every = 8 if self.training else 1  # what is only reported may cost little
            reconstruction = self._image_error(h[::every], layers[: turn + 1])
            for down, _ in layers[:turn]:
                h = down(h)
        down, up = layers[turn]
        kept = torch.rand(h.shape, generator=generator, device=h.device) >= self.noise
        back = up(down(h * kept)).float()
        error = ((self.pixels(back) if turn == 0 else back) - h).square().sum() / len(x)
        return Loss(error, reconstruction, torch.zeros_like(error))

    def _image_error(self, image: Tensor, layers: list[tuple[nn.Sequential, nn.Sequential]]) -> Tensor:
        """Squared error per image of a stack of the first layers, down to their code and up again: ()."""
        h = image
        for down, _ in layers:
            h = down(h)
        for _, up in reversed(layers):
            h = up(h)
        return (self.pixels(h.float()) - image).square().sum() / len(image)


def blocks(network: nn.Sequential) -> list[nn.Sequential]:
    """A network cut into layers with weights, each with what belongs to it: a Flatten before, the rest after.

    A block of an encoder takes and gives what its mirror image in the decoder gives and takes.
    """
    starts = []
    for place, layer in enumerate(network):
        weighted = hasattr(layer, "weight") and not (place and isinstance(network[place - 1], nn.Flatten))
        if weighted or isinstance(layer, nn.Flatten):
            starts.append(place)
    return [network[a:b] for a, b in zip(starts, [*starts[1:], len(network)], strict=True)]
