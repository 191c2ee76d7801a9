"""A study's directory: run directories of cells, and where each cell stands."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from harness.errors import RequestError
from harness.load.fields import whole_summary
from harness.processes.claim import Holder, holder_of
from harness.records.directory import RunDirectory, write_atomically
from harness.study.definition import Study, load_study
from harness.study.grid import Cell

State = Literal["pending", "running", "done", "failed", "interrupted"]
"""Where a cell stands.

``interrupted`` is a run that began, has not ended, and is nobody's.
"""


@dataclass(frozen=True)
class StudyDirectory:
    """The files of a study.

    Attributes
    ----------
    path
        The directory; each cell's run directory lies in it under the cell's name.
    """

    path: Path

    @property
    def study(self) -> Path:
        """The study that lies here."""
        return self.path / "study.yaml"

    def create(self, study: Study) -> None:
        """Make the directory and write the study into it, if that is not done.

        Raises
        ------
        RequestError
            If it cannot be written.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            if not self.study.is_file():
                write_atomically(self.study, _as_yaml(study))
        except OSError as error:
            raise RequestError(
                f"The directory '{self.path}' cannot be written: {error.strerror}."
            ) from None

    def run(self, cell: Cell) -> Path:
        """Return a cell's run directory."""
        return self.path / cell.name

    def log(self, cell: Cell) -> Path:
        """Return what a cell's searches printed."""
        return self.path / ".cells" / f"{cell.name}.log"

    def lock(self, cell: Cell) -> Path:
        """Return the lock file of a cell."""
        return self.path / ".cells" / f"{cell.name}.lock"

    def holder(self, cell: Cell) -> Holder | None:
        """Return the process that is at work on a cell."""
        return holder_of(self.lock(cell))

    def state(self, cell: Cell) -> State:
        """Return where a cell stands."""
        if self.holder(cell) is not None:
            return "running"
        return self.recorded_state(cell)

    def recorded_state(self, cell: Cell) -> State:
        """Return where a cell stands by its records alone, whoever is at work on it."""
        run = self.run(cell)
        if not run.exists() or (run.is_dir() and not any(run.iterdir())):
            return "pending"
        summary = self.summary(cell)
        if summary is None or summary.get("status") == "interrupted":
            return "interrupted"
        succeeded = summary.get("best_trial_id") is not None
        return "done" if summary.get("status") == "completed" and succeeded else "failed"

    def summary(self, cell: Cell) -> dict[str, Any] | None:
        """Return a cell's summary; None if there is none, or a damaged one."""
        return whole_summary(RunDirectory(self.run(cell)))

    def is_resumable(self, cell: Cell) -> bool:
        """Whether a cell was cut off and left what is needed to go on with it."""
        begun = RunDirectory(self.run(cell)).config.is_file()
        return begun and self.recorded_state(cell) == "interrupted"

    def set_aside(self, cell: Cell) -> Path | None:
        """Rename the run directory of a cell that is to run anew, and return its new name."""
        state = self.recorded_state(cell)
        if state not in {"failed", "interrupted"}:
            return None
        run, number = self.run(cell), 1
        while (aside := run.with_name(f"{run.name}.{state}-{number}")).exists():
            number += 1
        run.rename(aside)
        return aside


def open_study_directory(path: Path, study: Study) -> StudyDirectory:
    """Open the directory of a study, which may not exist yet.

    Raises
    ------
    RequestError
        If it holds another study or other files.
    """
    directory = StudyDirectory(path)
    # Looked at before study.yaml, which another process may be writing: it comes first.
    occupied = path.exists() and (not path.is_dir() or _has_visible_entries(path))
    if directory.study.is_file():
        _refuse_another(directory, study)
    elif occupied:
        raise RequestError(
            f"'{path}' exists and holds no study (study.yaml); give another directory by --out."
        )
    return directory


def _has_visible_entries(path: Path) -> bool:
    return any(not entry.name.startswith(".") for entry in path.iterdir())


def _refuse_another(directory: StudyDirectory, study: Study) -> None:
    here = load_study(directory.study)
    if here == study:
        return
    plain, other = study.to_plain(), here.to_plain()
    parts = [name for name in {**plain, **other} if plain.get(name) != other.get(name)]
    raise RequestError(
        f"'{directory.path}' holds another study (another {' and '.join(parts)}); "
        "give another directory by --out."
    )


def _as_yaml(study: Study) -> str:
    import yaml

    return "# The study of this directory, included configurations written out.\n" + yaml.safe_dump(
        study.to_plain(), sort_keys=False
    )
