"""The VAE whose decoder writes the image row by row: strong enough to do without its code."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.models.base import Paper
from explorer.models.layers import ACTIVATIONS
from explorer.models.scheduled import ScheduledVAE

NOISE_SEED = 0


class RowVAE(ScheduledVAE):
    """A VAE with an autoregressive decoder: p(x|z) = prod_r p(row r | z, all rows above row r).

    A recurrent network reads the image row by row; z is only the state that it begins with (Bowman et al.
    2016, arXiv:1511.06349). The pixels of one row are independent given z and the rows above, unless `left`.
    In training and in every measured likelihood the pixels that are read are those of the true image (teacher
    forcing); `decode` draws them. Such a decoder can explain the image without z, and then the KL term
    empties the code (Chen et al. 2017, arXiv:1611.02731). Encoder and cures are those of `ScheduledVAE`. A
    likelihood on binary pixels only.

    Parameters
    ----------
    row_width : int
        Hidden width of the decoder.
    left : bool
        Whether it also reads, for each pixel, those before it in the row itself, through masked layers (MADE:
        Germain et al. 2015, arXiv:1502.03509).
    """

    family = "rows"
    paper = Paper("Bowman et al. 2016", "https://arxiv.org/abs/1511.06349")
    autoregressive = True

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        latent_dim: int,
        trunk_kind: str = "mlp",
        widths: tuple[int, ...] = (256,),
        activation: str = "relu",
        beta: float = 1.0,
        binary: bool = False,
        schedule: str = "constant",
        rise: float = 0.5,
        cycles: int = 4,
        free_bits: float = 0.0,
        row_width: int = 128,
        left: bool = False,
    ) -> None:
        super().__init__(
            image_shape, latent_dim, trunk_kind, widths, activation, beta, binary, schedule, rise, cycles,
            free_bits,
        )  # fmt: skip
        self.row_width, self.left = row_width, left
        self.decoder = nn.Sequential(RowDecoder(self.image_shape, latent_dim, row_width, left, activation))

    @property
    def arguments(self) -> dict[str, Any]:
        return super().arguments | {"row_width": self.row_width, "left": self.left}

    def logits(self, z: Tensor, target: Tensor, condition: Tensor | None = None) -> Tensor:
        return self.decoder[0].teacher_forced(z, target).float()


class RowDecoder(nn.Module):
    """z (B, L) -> logits (B, C, H, W), a row after the other, from a state (B, width) that has read z and the
    rows above."""

    def __init__(
        self, image_shape: tuple[int, int, int], latent_dim: int, width: int, left: bool, activation: str
    ) -> None:
        super().__init__()
        channels, self.rows, columns = image_shape
        pixels = channels * columns
        self.image_shape = image_shape
        self.begin = nn.Linear(latent_dim, width)
        nn.init.zeros_(self.begin.weight)  # the decoder starts without z, and learns whether z pays
        self.read = nn.GRU(pixels, width, batch_first=True)
        self.activation = ACTIVATIONS[activation]()
        # A hidden unit of degree d reads the row's first d pixels, and units of no higher degree.
        degree, place = torch.arange(width) % pixels, torch.arange(pixels)
        self.state = nn.Linear(width, width)
        self.own = MaskedLinear(place < degree[:, None], bias=False) if left else None
        self.hidden = MaskedLinear(degree <= degree[:, None]) if left else None
        self.out = MaskedLinear(degree <= place[:, None]) if left else nn.Linear(width, pixels)
        noise = torch.rand(self.rows, pixels, generator=torch.Generator().manual_seed(NOISE_SEED))
        self.register_buffer("noise", noise, persistent=False)

    def forward(self, z: Tensor, noise: Tensor | None = None) -> Tensor:
        """Logits of an image that is drawn as it goes: a pixel is ink where its probability exceeds `noise`.

        `noise` (H, C * W), uniform in [0, 1), is by default the same for every code, so that two pictures
        differ by their codes alone. The most probable pixels are no choice: the most probable first row is
        empty, and so is, row after row, the rest.
        """
        noise = self.noise if noise is None else noise
        state = self._begin(z)
        written = []
        for u in noise:
            logits, drawn = self._draw(state, u)
            written.append(logits)
            state = self.read(drawn[:, None], state[None])[0][:, 0]
        return self._picture(torch.stack(written, dim=1))

    def _draw(self, state: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Logits and drawn pixels (B, C * W) of the row that follows a state (B, width)."""
        drawn = torch.zeros(len(state), len(noise), device=state.device)
        passes = 1 if self.own is None else len(noise)  # pass j settles pixel j, which reads the j before it
        for _ in range(passes):
            logits = self._write(state, drawn)
            drawn = (torch.sigmoid(logits) > noise).float()
        return logits, drawn

    def teacher_forced(self, z: Tensor, x: Tensor) -> Tensor:
        """Logits of every pixel of x (B, C, H, W) given z and the true pixels before it, all at once."""
        rows = x.transpose(1, 2).flatten(2)  # (B, H, C * W)
        first = self._begin(z)
        later = self.read(rows[:, :-1], first[None])[0]
        return self._picture(self._write(torch.cat([first[:, None], later], dim=1), rows))

    def _begin(self, z: Tensor) -> Tensor:
        return torch.tanh(self.begin(z)).float()

    def _write(self, state: Tensor, row: Tensor) -> Tensor:
        """Logits (..., C * W) of rows from the states above them (..., width) and their own pixels."""
        hidden = self.state(state)
        if self.own is not None:
            hidden = self.hidden(self.activation(hidden + self.own(row)))
        return self.out(self.activation(hidden))

    def _picture(self, rows: Tensor) -> Tensor:
        """(B, H, C * W) -> (B, C, H, W)."""
        channels, _, columns = self.image_shape
        return rows.unflatten(2, (channels, columns)).transpose(1, 2)


class MaskedLinear(nn.Linear):
    """A linear layer with only those connections that `mask` (out, in) says."""

    def __init__(self, mask: Tensor, bias: bool = True) -> None:
        super().__init__(mask.shape[1], mask.shape[0], bias)
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight * self.mask, self.bias)
