"""Splits snapshots in time, so that neighbours in time do not end up in different parts."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import TypeVar

from harness.errors import DataError
from workloads.cfd.snapshot import Snapshot

AnySnapshot = TypeVar("AnySnapshot", bound=Snapshot)

VALIDATION_SHARES = (0.8, 0.2)
"""Training and validation, where test snapshots are set aside already."""

TEST_SHARES = (0.7, 0.15, 0.15)
"""Training, validation and test: the ratios proposed for the paper's CFD data."""


def split_in_time(
    snapshots: Sequence[AnySnapshot], shares: Sequence[float], gap: int = 0
) -> list[list[AnySnapshot]]:
    """Split each case into consecutive parts, the last part the latest.

    Neighbouring snapshots are correlated. Consecutive parts leave one pair of
    neighbours a border and case; a random split would leave nearly all of them.
    There is nothing to draw, so the split is the same for every seed.

    Parameters
    ----------
    snapshots
        Snapshots of any number of cases. A case too short to be split belongs to
        the first part as a whole.
    shares
        The share of each part; each later part of a case has at least one snapshot.
    gap
        Snapshots left out at each border, to part the neighbours too.

    Returns
    -------
    list
        The parts, each ordered by case and time.

    Raises
    ------
    DataError
        If a part stays empty.
    """
    parts: list[list[AnySnapshot]] = [[] for _ in shares]
    for case in _cases(snapshots):
        for part, members in zip(parts, _split_case(in_time_order(case), shares, gap), strict=True):
            part.extend(members)
    if not all(parts):
        raise DataError(
            f"{len(snapshots)} snapshots cannot be split in time into {len(shares)} parts"
            + (f" with gaps of {gap}" if gap else "")
            + f": at least one directory must hold {len(shares) + gap * (len(shares) - 1)} "
            "snapshots of the same flow."
        )
    return parts


def in_time_order(case: Sequence[AnySnapshot]) -> list[AnySnapshot]:
    """Return the snapshots of a case by recorded time, or else by the number in their name."""
    times = [snapshot.time for snapshot in case]
    if any(time is None for time in times):
        times = [_number_in_name(snapshot.name) for snapshot in case]
    if any(time is None for time in times):
        return sorted(case, key=lambda snapshot: snapshot.name)
    known = [time for time in times if time is not None]
    by_time = sorted(zip(known, case, strict=True), key=lambda timed: (timed[0], timed[1].name))
    return [snapshot for _, snapshot in by_time]


def _cases(snapshots: Iterable[AnySnapshot]) -> list[list[AnySnapshot]]:
    cases: defaultdict[str, list[AnySnapshot]] = defaultdict(list)
    for snapshot in snapshots:
        cases[snapshot.case].append(snapshot)
    return [cases[name] for name in sorted(cases)]


def _split_case(
    case: list[AnySnapshot], shares: Sequence[float], gap: int
) -> list[list[AnySnapshot]]:
    later = [max(1, round(share * len(case))) for share in shares[1:]]
    if len(case) <= sum(later) + gap * len(later):
        return [case, *([] for _ in later)]
    parts: list[list[AnySnapshot]] = []
    remaining = case
    for size in reversed(later):
        parts.insert(0, remaining[-size:])
        remaining = remaining[: -size - gap]
    return [remaining, *parts]


def _number_in_name(name: str) -> float | None:
    numbers = re.findall(r"\d+", PurePath(name).stem)
    return float(numbers[-1]) if numbers else None
