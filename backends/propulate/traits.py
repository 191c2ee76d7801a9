"""Hyperparameters as Propulate's traits, and as coordinates of a continuous box.

Propulate knows no log scale, so logarithms are searched instead. Ordinals and
categoricals are handed over as integer indices: Propulate corrupts categorical
traits when it assigns to them. Propagators that need a continuous space see
the box [-1, 1] in every dimension, which is cut into equal parts for the
values of a discrete hyperparameter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

from ConfigSpace.hyperparameters import (
    CategoricalHyperparameter,
    FloatHyperparameter,
    IntegerHyperparameter,
    OrdinalHyperparameter,
)

from harness.errors import RequestError
from harness.space_values import choices_of

BOX = (-1.0, 1.0)
"""The range of every coordinate of the box."""

Limits = tuple[float, float] | tuple[int, int]
"""A trait's range; its type tells Propulate a continuous trait from an ordinal one."""


class Trait(Protocol):
    """The translation of one hyperparameter."""

    @property
    def limits(self) -> Limits:
        """The range of the trait."""

    def encode(self, value: Any) -> float | int:
        """Return a value as a trait."""

    def decode(self, trait: float | int) -> Any:
        """Return a trait as a value within the hyperparameter's range."""

    def to_box(self, value: Any) -> float:
        """Return a value as a coordinate."""

    def from_box(self, coordinate: float) -> Any:
        """Return a coordinate within the box as a value."""


@dataclass(frozen=True)
class RealTrait:
    """A real hyperparameter between `lower` and `upper`."""

    lower: float
    upper: float
    log: bool

    @property
    def limits(self) -> Limits:
        """The range, in decades where the scale is logarithmic."""
        return self.encode(self.lower), self.encode(self.upper)

    def encode(self, value: float) -> float:
        """Return the value, or its logarithm."""
        return math.log10(value) if self.log else float(value)

    def decode(self, trait: float) -> float:
        """Return the value; rounding does not leave the range."""
        value = 10.0**trait if self.log else float(trait)
        return min(max(value, self.lower), self.upper)

    def to_box(self, value: float) -> float:
        """Return the value's place between the limits."""
        low, high = self.limits
        return _to_box((self.encode(value) - low) / (high - low))

    def from_box(self, coordinate: float) -> float:
        """Return the value at a place between the limits."""
        low, high = self.limits
        return self.decode(low + _fraction(coordinate) * (high - low))


@dataclass(frozen=True)
class IntegerTrait:
    """An integer hyperparameter from `lower` to `upper`, both included."""

    lower: int
    upper: int
    log: bool

    @property
    def limits(self) -> Limits:
        """The range; where the scale is logarithmic, a continuous one in decades."""
        return self._log_limits if self.log else (self.lower, self.upper)

    def encode(self, value: int) -> float | int:
        """Return the value, or its logarithm."""
        return math.log10(value) if self.log else value

    def decode(self, trait: float | int) -> int:
        """Return the nearest value in the range."""
        value = round(10.0**trait) if self.log else round(trait)
        return min(max(value, self.lower), self.upper)

    def to_box(self, value: int) -> float:
        """Return the middle of the value's part of the box."""
        if not self.log:
            return _part_to_box(value - self.lower, self.upper - self.lower + 1)
        low, high = self._log_limits
        return _to_box((math.log10(value) - low) / (high - low))

    def from_box(self, coordinate: float) -> int:
        """Return the value whose part of the box holds a coordinate."""
        if not self.log:
            return self.lower + _part_of_box(coordinate, self.upper - self.lower + 1)
        low, high = self._log_limits
        return self.decode(low + _fraction(coordinate) * (high - low))

    @property
    def _log_limits(self) -> tuple[float, float]:
        # Half a step further on each side, so that the ends are as likely as the rest.
        return math.log10(self.lower - 0.5), math.log10(self.upper + 0.5)


@dataclass(frozen=True)
class ChoiceTrait:
    """An ordinal or categorical hyperparameter, by the index of its value."""

    values: tuple[Any, ...]

    @property
    def limits(self) -> Limits:
        """The range of the index."""
        return 0, len(self.values) - 1

    def encode(self, value: Any) -> int:
        """Return the value's index."""
        return self.values.index(value)

    def decode(self, trait: float | int) -> Any:
        """Return the value of the nearest index."""
        return self.values[min(max(round(trait), 0), len(self.values) - 1)]

    def to_box(self, value: Any) -> float:
        """Return the middle of the value's part of the box."""
        return _part_to_box(self.encode(value), len(self.values))

    def from_box(self, coordinate: float) -> Any:
        """Return the value whose part of the box holds a coordinate."""
        return self.values[_part_of_box(coordinate, len(self.values))]


def trait_of(hyperparameter: Any) -> Trait:
    """Return the translation of a ConfigSpace hyperparameter.

    Raises
    ------
    RequestError
        If it is of a kind that has none.
    """
    if isinstance(hyperparameter, FloatHyperparameter):
        lower, upper = float(hyperparameter.lower), float(hyperparameter.upper)
        return RealTrait(lower, upper, bool(hyperparameter.log))
    if isinstance(hyperparameter, IntegerHyperparameter):
        return IntegerTrait(
            int(hyperparameter.lower), int(hyperparameter.upper), bool(hyperparameter.log)
        )
    if isinstance(hyperparameter, OrdinalHyperparameter | CategoricalHyperparameter):
        return ChoiceTrait(choices_of(hyperparameter))
    kind = type(hyperparameter).__name__
    raise RequestError(
        f"Propulate cannot search hyperparameter '{hyperparameter.name}' of kind {kind}."
    )


def _fraction(coordinate: float) -> float:
    low, high = BOX
    return min(max((coordinate - low) / (high - low), 0.0), 1.0)


def _to_box(fraction: float) -> float:
    low, high = BOX
    return low + fraction * (high - low)


def _part_of_box(coordinate: float, parts: int) -> int:
    return min(int(_fraction(coordinate) * parts), parts - 1)


def _part_to_box(part: int, parts: int) -> float:
    return _to_box((part + 0.5) / parts)
