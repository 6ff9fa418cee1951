"""The one door to `pretrained/`: cards, checkpoints and galleries, checked before they are used.

from explorer import zoo
model = zoo.load("mnist-vae")
code = model.encode(x)            # x float (B, 1, 28, 28) in [0, 1]
x_hat = model.decode(code.z)
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
import zlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from explorer import datasets, gallery_file, latent, storage
from explorer.card import CheckpointError, Gallery, ModelCard
from explorer.models import Autoencoder, build

#: Where checkpoints lie: `LATENT_EXPLORER_ZOO` if set, else the repository's own folder.
PRETRAINED = Path(
    os.environ.get("LATENT_EXPLORER_ZOO") or Path(__file__).resolve().parent.parent / "pretrained"
)
CARD, WEIGHTS, GALLERY = "card.json", "weights.safetensors.gz", "gallery.npz"
MAP_METHODS = ("tsne", "umap")  # PCA is computed of the codes when it is shown
#: Codes of more numbers are not stored, but computed of the gallery's images when they are asked for: 5,000
#: codes of 1,024 numbers would be larger than the model. Where the images are always here only those are
#: stored that take long, the convolutional ones (by kind of trunk), and not of the ten models of one class,
#: which are opened one at a time. A place on a map is always stored.
WIDEST_STORED, WIDEST_EMBEDDED = 128, {"mlp": gallery_file.NARROW, "conv": 16}


def _read(model_id: str, name: str) -> bytes:
    path = PRETRAINED / model_id / name
    try:
        return path.read_bytes()
    except OSError as error:
        raise CheckpointError(
            f"{model_id}/{name} cannot be read ({error.strerror}): "
            f"restore it from the repository, or train it again."
        ) from error


def _bad(file: str, trouble: str, error: Exception) -> CheckpointError:
    """The one sentence for content that is not as it should be."""
    cause = " ".join(str(error).split()).rstrip(".")
    return CheckpointError(f"{file} {trouble} ({cause}): restore it from the repository.")


def card(model_id: str) -> ModelCard:
    """The card of one model.

    Raises
    ------
    CheckpointError
        If the file is missing or is not a card.
    """
    try:
        found = ModelCard.of(json.loads(_read(model_id, CARD)))
    except (ValueError, TypeError, RecursionError) as error:
        raise _bad(f"{model_id}/{CARD}", "is not a model card", error) from error
    if found.id != model_id:
        raise CheckpointError(f"{model_id}/{CARD} is the card of {found.id!r}: restore the right one.")
    return found


def cards() -> dict[str, ModelCard]:
    """Cards of all models that have a readable one, by id; see `broken` for the others."""
    return _survey()[0]


def broken() -> dict[str, str]:
    """Id -> sentence, of every folder below `pretrained/` whose card cannot be read."""
    return _survey()[1]


def _survey() -> tuple[dict[str, ModelCard], dict[str, str]]:
    good: dict[str, ModelCard] = {}
    bad: dict[str, str] = {}
    folders = sorted(p for p in PRETRAINED.iterdir() if p.is_dir()) if PRETRAINED.is_dir() else []
    for folder in folders:
        try:
            good[folder.name] = card(folder.name)
        except CheckpointError as error:
            bad[folder.name] = str(error)
    return good, bad


def load(model_id: str) -> Autoencoder:
    """The model, float32, in eval mode, on the CPU, with tensors of its own.

    Raises
    ------
    CheckpointError
        If the weights are missing or truncated, have another sha256, other names or shapes than the card's
        model, or hold values that are not finite.
    """
    tensors = _expanded(model_id, stored(model_id))
    described = card(model_id)
    try:
        model = build(described.family, described.arguments)
    except (ValueError, TypeError, RuntimeError) as error:
        raise _bad(f"{model_id}/{CARD}", "describes no model that can be built", error) from error
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise CheckpointError(
                f"{model_id}/{WEIGHTS} has non-finite values in {name}: restore it from the repository."
            )
    try:
        model.load_state_dict(tensors, strict=True)
    except RuntimeError as error:
        raise _bad(f"{model_id}/{WEIGHTS}", "does not fit the card's model", error) from error
    return model.eval().requires_grad_(False)


def stored(model_id: str) -> dict[str, torch.Tensor]:
    """The weights as they lie on disk (see `storage`), checked against the card's sha256.

    Raises
    ------
    CheckpointError
        If the file is missing, truncated or altered, or is not one of weights.
    """
    content = _read(model_id, WEIGHTS)
    if hashlib.sha256(content).hexdigest() != card(model_id).sha256:
        raise CheckpointError(
            f"{model_id}/{WEIGHTS} does not have the sha256 that its card names: "
            "it is truncated or altered; restore it from the repository."
        )
    try:
        return storage.from_bytes(content)
    except ValueError as error:
        raise _bad(f"{model_id}/{WEIGHTS}", "is not a file of weights", error) from error


def _expanded(model_id: str, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    try:
        return storage.expand(tensors)
    except ValueError as error:
        raise _bad(f"{model_id}/{WEIGHTS}", "is not a file of weights", error) from error


def gallery(model_id: str) -> Gallery:
    """Stored codes, errors and maps of the held-out gallery.

    Raises
    ------
    CheckpointError
        If the file is missing, altered, or does not hold what it should; or if the codes are too wide to be
        stored and the images that they are computed of are not here.
    """
    described = card(model_id)
    if described.gallery_sha256 is None:
        raise CheckpointError(
            f"{model_id}/{GALLERY} is not made yet: run `python -m training.evaluate {model_id}`."
        )
    content = _read(model_id, GALLERY)
    if hashlib.sha256(content).hexdigest() != described.gallery_sha256:
        raise CheckpointError(
            f"{model_id}/{GALLERY} does not have the sha256 that its card names: "
            "it is truncated or altered; restore it from the repository."
        )
    try:
        stored = gallery_file.unpack(content)
        if "z" not in stored and _leaves_codes_out(described):
            stored |= _wide_codes(described)
        if lacking := {"z", "labels", "error"} - set(stored):
            raise ValueError(f"it lacks {', '.join(sorted(lacking))}")
        labels = stored.pop("labels").astype(np.int64)
        _check_gallery(stored, len(labels), described.arguments["latent_dim"])
        return Gallery(
            z=stored["z"],
            logvar=stored.get("logvar"),
            labels=labels,
            error=stored["error"],
            kl=stored.get("kl"),
            maps={method: stored[method] for method in MAP_METHODS if method in stored},
            cross_entropy=stored.get("cross_entropy"),
        )
    except (ValueError, TypeError, KeyError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise _bad(f"{model_id}/{GALLERY}", "is damaged", error) from error


def _leaves_codes_out(described: ModelCard) -> bool:
    """True if the codes of this model's gallery are not in its file: wide ones, and those of one class."""
    size = described.arguments["latent_dim"]
    if datasets.get(described.dataset).embedded:
        return size > WIDEST_EMBEDDED[described.arguments["trunk_kind"]] or bool(described.group)
    return size > WIDEST_STORED


def _wide_codes(described: ModelCard) -> dict[str, np.ndarray]:
    """z and, of a variational model, logvar (N, L) of the gallery's images, rounded as if stored."""
    try:
        split = datasets.get(described.dataset).split("gallery")
    except datasets.DatasetUnavailable as error:
        raise CheckpointError(
            f"{described.id} has codes of {described.arguments['latent_dim']:,} numbers, which are computed "
            f"of the gallery's images: {error}"
        ) from error
    z, logvar = latent.encode(load(described.id), split.pixels(), split.labels)
    codes = {"z": z} if logvar is None else {"z": z, "logvar": logvar}
    return {name: gallery_file.as_stored(array) for name, array in codes.items()}


def _check_gallery(arrays: dict[str, np.ndarray], n: int, latent_dim: int) -> None:
    """ValueError if an array is not finite or not of the shape that `Gallery` says."""
    code = (n, latent_dim)
    shapes = {"z": code, "logvar": code} | {m: (n, 2) for m in MAP_METHODS}
    shapes |= {"error": (n,), "kl": (n,), "cross_entropy": (n,)}
    for name, array in arrays.items():
        if array.shape != shapes.get(name):
            raise ValueError(f"{name} has shape {array.shape}, which does not fit the model and {n} images")
        if not np.isfinite(array).all():
            raise ValueError(f"{name} holds values that are not finite")


def save(
    model: Autoencoder,
    described: dict[str, Any],
    dtype: torch.dtype = torch.float32,
    levels: int = storage.LEVELS,
) -> ModelCard:
    """Write weights (as one of `storage.TYPES`) and card of a trained model; returns the card.

    `described` holds the card's fields other than family, arguments, parameters and sha256.
    """
    folder = PRETRAINED / described["id"]
    folder.mkdir(parents=True, exist_ok=True)
    content = storage.to_bytes(storage.compress(model.state_dict(), dtype, levels))
    (folder / WEIGHTS).write_bytes(content)
    made = ModelCard(
        **described,
        family=model.family,
        arguments=model.arguments,
        parameters=model.parameter_count,
        sha256=hashlib.sha256(content).hexdigest(),
    )
    write_card(made)
    return made


def write_card(described: ModelCard) -> None:
    """Write the card as JSON that reads well in a diff: a line for each field, epoch and metric."""

    def line(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)

    rows = []
    for name, value in asdict(described).items():
        if name == "curve" and value:
            text = "[\n  " + ",\n  ".join(line(point) for point in value) + "\n ]"
        elif name == "metrics" and value:
            text = "{\n  " + ",\n  ".join(f"{line(k)}: {line(v)}" for k, v in value.items()) + "\n }"
        else:
            text = line(value)
        rows.append(f" {line(name)}: {text}")
    text = "{\n" + ",\n".join(rows) + "\n}\n"
    (PRETRAINED / described.id / CARD).write_text(text, encoding="utf-8")


def save_gallery(model_id: str, arrays: dict[str, np.ndarray]) -> str:
    """Write gallery.npz (see `gallery_file`) and return its sha256.

    Codes wider than `WIDEST_STORED`, or `WIDEST_EMBEDDED`, are left out.
    """
    left_out = gallery_file.CODES if _leaves_codes_out(card(model_id)) else ()
    kept = {n: a for n, a in arrays.items() if n not in left_out}
    content = gallery_file.pack(kept)
    (PRETRAINED / model_id / GALLERY).write_bytes(content)
    return hashlib.sha256(content).hexdigest()
