"""The trained part of telling kinds: its file, read once, and what it makes of signals."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parsers.extraction import Kind
from parsers.loading import uncollected

MODEL = Path(__file__).parent / "knowledge" / "kind_model.json"
"""Written by `python -m benchmarks.train_kind`; holds its version and its score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intents:
    """A linear model from a sentence's traits to what it is meant to do."""

    labels: tuple[str, ...]
    vocabulary: Mapping[str, int]
    """Trait to row."""
    weights: NDArray[np.float32]
    remembered: dict[str, tuple[list[int], int]] = field(default_factory=dict, compare=False, repr=False)
    """The known rows of words met before, and how many traits such a word has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What the model knows of a mail."""

    signals: Mapping[str, float]
    words: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear:
    """A linear model from one sort of features to the kinds. Features have one length: long mails are no surer."""

    rows: Mapping[str, int]
    """Feature to row."""
    scales: NDArray[np.float32]
    """By how much each feature usually varies: its strength is measured in that."""
    weights: NDArray[np.float32]

    def scores(self, features: Mapping[str, float]) -> NDArray[np.float32]:
        """Weigh the features; those the model was not trained on count for nothing."""
        known = [(row, value) for name, value in features.items() if (row := self.rows.get(name)) is not None]
        if not known:
            return np.zeros(self.weights.shape[1], np.float32)
        rows = [row for row, _ in known]
        values = np.array([value for _, value in known], np.float32) / self.scales[rows]
        return np.asarray((values / np.linalg.norm(values)) @ self.weights[rows], np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class KindModel:
    """A linear model from a mail's signals and words to its kind."""

    version: str
    intents: Intents
    kinds: tuple[Kind, ...]
    signals: Linear
    words: Linear
    temperature: float
    """Divides the scores so that a probability is how often it is right."""

    def probabilities(self, features: Features) -> dict[Kind, float]:
        """Say how likely each kind is; without any known feature all are alike."""
        scores = self.signals.scores(features.signals) + self.words.scores(features.words)
        powers = np.exp((scores - scores.max()) / self.temperature)
        return {kind: float(power) for kind, power in zip(self.kinds, powers / powers.sum(), strict=True)}


@cache
@uncollected()
def kind_model() -> KindModel:
    """Read the shipped model, once."""
    return model_from(json.loads(MODEL.read_text("utf-8")))


def model_from(data: Mapping[str, Any]) -> KindModel:
    """Build the model out of its JSON object."""
    intents, kinds = data["intents"], data["kinds"]
    return KindModel(
        version=data["version"],
        intents=Intents(
            labels=tuple(intents["labels"]),
            vocabulary={trait: row for row, trait in enumerate(intents["vocabulary"])},
            weights=unpacked(intents["weights"]),
        ),
        kinds=tuple(Kind(label) for label in kinds["labels"]),
        signals=_linear(kinds["signals"]),
        words=_linear(kinds["words"]),
        temperature=kinds["temperature"],
    )


def _linear(data: Mapping[str, Any]) -> Linear:
    rows = {feature: row for row, feature in enumerate(data["features"])}
    scales = np.array(data.get("scales") or [1.0] * len(rows), np.float32)
    return Linear(rows=rows, scales=scales, weights=unpacked(data["weights"]))


def packed(weights: NDArray[np.float32]) -> dict[str, Any]:
    """Store weights in a byte or two each, with one scale."""
    limit = float(np.abs(weights).max()) or 1.0
    scaled = np.round(weights / limit * 32000).astype("<i2")
    return {"rows": len(weights), "limit": limit, "bytes": base64.b64encode(scaled.tobytes()).decode("ascii")}


def unpacked(data: Mapping[str, Any]) -> NDArray[np.float32]:
    """Undo `packed`."""
    flat = np.frombuffer(base64.b64decode(data["bytes"]), dtype="<i2").astype(np.float32)
    return np.asarray(flat.reshape(data["rows"], -1) * (data["limit"] / 32000), np.float32)
