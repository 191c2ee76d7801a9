"""What a hand-written search leaves beside its epochs."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class BaselineResult:
    """A hand-written search that is over.

    Attributes
    ----------
    search_s
        Seconds of the engine's search call.
    """

    search_s: float


def write_result(out: Path, search_s: float) -> None:
    """Write what the search took."""
    (out / "result.json").write_text(json.dumps(asdict(BaselineResult(search_s))))


def read_result(out: Path) -> BaselineResult:
    """Read what the search took."""
    return BaselineResult(**json.loads((out / "result.json").read_text(encoding="utf-8")))


def read_epochs(out: Path) -> list[dict[str, str]]:
    """Return the epochs that all processes of a search recorded."""
    rows: list[dict[str, str]] = []
    for path in sorted(out.glob("epochs-*.csv")):
        with path.open(newline="") as file:
            rows += csv.DictReader(file)
    return rows
