"""Exports a run as an Optuna study, which ``optuna-dashboard`` opens."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from harness.errors import EngineMissing, RequestError
from harness.export.finished_run import FinishedRun, as_datetime
from harness.space_values import choices_of

if TYPE_CHECKING:
    from ConfigSpace.hyperparameters import Hyperparameter
    from optuna.distributions import BaseDistribution
    from optuna.storages import BaseStorage
    from optuna.trial import FrozenTrial

JOURNAL_SUFFIXES = (".log", ".journal")
"""Endings of files that become an Optuna journal; others become a SQLite database."""

_SQLITE = b"SQLite format 3"

_TRIAL_ATTRIBUTES = (
    "trial_id",
    "number",
    "member",
    "status",
    "reason",
    "error",
    "parent_trial_id",
    "parent_epoch",
    "epochs",
    "worker",
    "best_value",
    "last_value",
    "parameters",
)


def export_to_optuna(run: FinishedRun, out: Path) -> str:
    """Add a run to an Optuna storage as a study of its own, named after the run.

    A completed trial becomes ``COMPLETE`` with its best validation value, a
    stopped one ``PRUNED``, a failed or lost one ``FAIL``. Each epoch is an
    intermediate value. What Optuna has no place for becomes a user attribute.

    Parameters
    ----------
    run
        The run.
    out
        A file, created if it is absent: an Optuna journal if it ends in
        ``.log`` or ``.journal``, else a SQLite database.

    Returns
    -------
    str
        The command that opens it.

    Raises
    ------
    EngineMissing
        If Optuna is not installed.
    RequestError
        If the storage cannot be used, or holds the run already.
    """
    try:
        import optuna
    except ImportError:
        raise EngineMissing(
            "An Optuna study needs optuna: pip install 'hpo-harness[optuna]'"
        ) from None
    if not out.parent.is_dir() or out.is_dir():
        raise RequestError(f"'{out}' cannot be a file here; give a path such as study.db.")
    if not _takes_a_study(out):
        raise RequestError(f"'{out}' cannot be used as an Optuna storage: it is another file.")
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        study = optuna.create_study(
            study_name=run.run_id,
            storage=_storage(out),
            direction="maximize" if run.summary["mode"] == "max" else "minimize",
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            study.set_metric_names([str(run.summary["metric"])])
        for name, value in run.summary.items():
            study.set_user_attr(name, value)
        space = run.space
        study.add_trials([_trial(run, space, *trial) for trial in run.each_trial()])
    except optuna.exceptions.DuplicatedStudyError:
        raise RequestError(f"'{out}' holds the run '{run.run_id}' already.") from None
    except (optuna.exceptions.StorageInternalError, OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise RequestError(f"'{out}' cannot be used as an Optuna storage: {reason}") from None
    finally:
        optuna.logging.set_verbosity(verbosity)
    journal = out.suffix in JOURNAL_SUFFIXES
    return f"optuna-dashboard {out if journal else f'sqlite:///{out}'}"


def _takes_a_study(out: Path) -> bool:
    if not out.exists() or out.suffix in JOURNAL_SUFFIXES:
        return True
    with out.open("rb") as file:
        return file.read(len(_SQLITE)) in (_SQLITE, b"")


def _storage(out: Path) -> BaseStorage:
    from optuna.storages import JournalStorage, RDBStorage
    from optuna.storages.journal import JournalFileBackend

    if out.suffix in JOURNAL_SUFFIXES:
        return JournalStorage(JournalFileBackend(str(out)))
    return RDBStorage(f"sqlite:///{out}")


def _trial(
    run: FinishedRun, space: Mapping[str, Any], trial: dict[str, Any], epochs: pd.DataFrame
) -> FrozenTrial:
    from optuna.trial import FrozenTrial, TrialState

    state = {"completed": TrialState.COMPLETE, "stopped": TrialState.PRUNED}.get(
        trial["status"], TrialState.FAIL
    )
    finished = {
        name: distribution(space[name], value)
        for name, value in trial["config"].items()
        if name in space
    }
    return FrozenTrial(
        number=-1,
        trial_id=-1,
        state=state,
        value=trial["best_value"] if state == TrialState.COMPLETE else None,
        datetime_start=as_datetime(run.moment(trial["start_s"])),
        datetime_complete=as_datetime(run.moment(trial["end_s"])),
        params={name: scalar(trial["config"][name]) for name in finished},
        distributions=finished,
        user_attrs={name: trial[name] for name in _TRIAL_ATTRIBUTES if trial[name] is not None},
        system_attrs={},
        intermediate_values={
            int(epoch): float(value)
            for epoch, value in zip(epochs["epoch"], epochs["value"], strict=True)
        },
    )


def distribution(hyperparameter: Hyperparameter[Any, Any], value: Any) -> BaseDistribution:
    """Return a hyperparameter's range in Optuna's terms, widened where `value` lies outside.

    Ordinals become categories, as Optuna has no ordinals, and what is no scalar JSON.
    """
    from ConfigSpace.hyperparameters import FloatHyperparameter, IntegerHyperparameter
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    if isinstance(hyperparameter, FloatHyperparameter | IntegerHyperparameter):
        low, high = min(hyperparameter.lower, value), max(hyperparameter.upper, value)
        log = bool(getattr(hyperparameter, "log", False))
        if isinstance(hyperparameter, FloatHyperparameter):
            return FloatDistribution(float(low), float(high), log=log)
        return IntDistribution(int(low), int(high), log=log)
    choices = [scalar(choice) for choice in choices_of(hyperparameter)]
    value = scalar(value)
    return CategoricalDistribution(choices if value in choices else [*choices, value])


def scalar(value: Any) -> bool | int | float | str | None:
    """Return a value as one of the types that Optuna takes; others as their JSON."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return json.dumps(value)
