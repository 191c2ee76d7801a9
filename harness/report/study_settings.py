"""What the studies that runs belong to say about judging them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import yaml
from pydantic import ValidationError

from harness.errors import RequestError, describe_validation
from harness.load.recorded_run import RecordedRun
from harness.statistics.margins import STOPPING_FILE, Margins

STUDY_FILE = "study.yaml"
"""The study, in its directory."""


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
