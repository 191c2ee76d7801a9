"""A number of the table: what was measured, and what it must reach."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Target:
    """What a number must reach.

    Attributes
    ----------
    bound
        The number.
    kind
        Whether a measured value must be at least or at most as large.
    """

    bound: float
    kind: Literal["at least", "at most"]

    def met_by(self, value: float) -> bool:
        """Whether a measured value reaches the target."""
        return value >= self.bound if self.kind == "at least" else value <= self.bound

    def __str__(self) -> str:
        return f"{'≥' if self.kind == 'at least' else '≤'} {self.bound:g}"


@dataclass(frozen=True)
class Measured:
    """One measured number.

    Attributes
    ----------
    row
        The row of the table it belongs to.
    subject
        What was measured: an engine, an algorithm, a size.
    value
        The median over the rounds.
    unit
        Its unit; empty for a ratio.
    target
        What it must reach; None for a number that is only told.
    low, high
        The smallest and the largest of the rounds.
    rounds
        How many rounds there were.
    details
        Numbers it was computed from or that explain it.
    """

    row: str
    subject: str
    value: float
    unit: str
    target: Target | None
    low: float
    high: float
    rounds: int
    details: Mapping[str, float] = field(default_factory=dict)

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None without one."""
        return None if self.target is None else self.target.met_by(self.value)


def median_of(
    row: str,
    subject: str,
    values: Sequence[float],
    *,
    unit: str = "",
    target: Target | None = None,
    details: Mapping[str, float] | None = None,
) -> Measured:
    """Return the median of what the rounds gave."""
    return Measured(
        row=row,
        subject=subject,
        value=statistics.median(values),
        unit=unit,
        target=target,
        low=min(values),
        high=max(values),
        rounds=len(values),
        details=details or {},
    )


def markdown_table(measured: Sequence[Measured]) -> str:
    """Return measured numbers as a Markdown table."""
    lines = ["| row | subject | measured | rounds | target | reached |", "|---" * 6 + "|"]
    for number in measured:
        unit = f" {number.unit}" if number.unit else ""
        spread = f" ({number.low:.3g} … {number.high:.3g})" if number.rounds > 1 else ""
        reached = {True: "yes", False: "no", None: ""}[number.met]
        lines.append(
            f"| {number.row} | {number.subject} | {number.value:.3g}{unit}{spread} "
            f"| {number.rounds} | {number.target or ''} | {reached} |"
        )
    return "\n".join(lines)
