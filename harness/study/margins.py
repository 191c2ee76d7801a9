"""What a study takes for no difference, and whether its results ended it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.errors import RequestError
from harness.load.recorded_run import RecordedRun
from harness.plugins import describe_validation

STUDY_FILE = "study.yaml"
"""The study, in its directory."""

STOPPING_FILE = "stopping.json"
"""What a study leaves that went on until its questions were decided."""


class Margins(BaseModel):
    """Differences up to these count as none; 0 makes everything a difference.

    Attributes
    ----------
    time
        A fraction of a time or of another cost.
    accuracy
        A difference of a metric that is best where it is largest; 0.01 is a percentage
        point of accuracy.
    error
        A fraction of a metric that is best where it is smallest.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    time: float = Field(default=0.02, ge=0, allow_inf_nan=False)
    accuracy: float = Field(default=0.01, ge=0, allow_inf_nan=False)
    error: float = Field(default=0.02, ge=0, allow_inf_nan=False)

    def narrowest(self, other: Margins) -> Margins:
        """Return the smaller one of each."""
        return Margins(
            time=min(self.time, other.time),
            accuracy=min(self.accuracy, other.accuracy),
            error=min(self.error, other.error),
        )


def margins_of(runs: Iterable[RecordedRun]) -> Margins:
    """Return the margins of the studies that runs belong to; of several the narrowest.

    Raises
    ------
    RequestError
        If a study's margins are no numbers from 0 on.
    """
    found: Margins | None = None
    for folder in dict.fromkeys(run.path.absolute().parent for run in runs):
        own = _margins_in(folder / STUDY_FILE)
        if own is not None:
            found = own if found is None else found.narrowest(own)
    return found or Margins()


def stopped_by_results(runs: Iterable[RecordedRun]) -> bool:
    """Whether any of the runs belongs to a study that its results ended."""
    folders = dict.fromkeys(run.path.absolute().parent for run in runs)
    return any((folder / STOPPING_FILE).is_file() for folder in folders)


def _margins_in(file: Path) -> Margins | None:
    try:
        study = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError):
        return None
    values = study.get("margins") if isinstance(study, dict) else None
    if values is None:
        return None
    try:
        return Margins.model_validate(values)
    except ValidationError as error:
        raise RequestError(f"'{file}': margins: {describe_validation(error)}") from None
