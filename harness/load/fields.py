"""The fields of ``summary.json``, ``environment.json`` and ``run.yaml`` that readers rely on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from harness.errors import in_one_line
from harness.machine.arithmetic import Arithmetic
from harness.records.directory import RunDirectory
from harness.records.slot_ledger import KINDS

_LONGEST_VALUE = 40

Text = Annotated[str, Field(min_length=1)]
"""A name; an empty one names nothing."""

Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
"""Seconds, hours, joules."""

Count = Annotated[int, Field(ge=0)]
"""A whole number of things."""

Several = Annotated[int, Field(ge=1)]
"""A whole number of things, of which there is at least one."""


class _Fields(BaseModel):
    # Other releases write fields that this one does not know.
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class GpuFields(_Fields):
    """A GPU of ``hardware``."""

    name: str
    capability: list[int]


class HardwareFields(_Fields):
    """The machine."""

    cpu: str
    cores: Several
    gpus: list[GpuFields]
    # What computes its learning curve has no processor.
    cpu_has_bf16: bool = False
    cpu_has_fp16: bool = False


class SummaryFields(_Fields):
    """``summary.json``; what later releases added has a default."""

    run_id: Text
    status: Literal["completed", "interrupted", "failed", "running"]
    backend: Text
    algo: Text
    workload: Text
    precision: Text
    seed: Count
    workers: Several
    trials: Count
    failed_trials: Count
    epochs: Count
    runtime_s: Amount
    startup_s: Amount | None
    metric: Text
    mode: Literal["max", "min"]
    best_trial_id: Text | None
    best_config: dict[str, Any] | None
    best_value: Annotated[float, Field(allow_inf_nan=False)] | None
    # A test metric may be infinite or no number: a loss in a short format is.
    test_value: float | None
    utilisation: Annotated[float, Field(ge=0, le=1 + 1e-9)]
    ledger: dict[str, Amount]
    hardware: HardwareFields
    warnings: list[str]
    arithmetic: Arithmetic = "native"
    virtual: bool = False
    replay: dict[str, Any] | None = None
    ranks_per_trial: Several | None = None
    test_value_fp32: float | None = None
    test_samples: Several | None = None
    launch_to_result_s: Amount | None = None
    processor_hours: Amount | None = None
    gpu_hours: Amount | None = None
    processor_hours_by_kind: dict[str, Amount] | None = None
    gpu_hours_by_kind: dict[str, Amount] | None = None
    joules: Amount | None = None
    gpu_joules: Amount | None = None
    engine_patches: list[str] | None = None
    sessions: Several | None = None
    unfinished_trials: Count | None = None
    first_error: str | None = None

    @model_validator(mode="after")
    def _agree(self) -> SummaryFields:
        if set(self.ledger) != set(KINDS):
            raise ValueError("'ledger' is not whole")
        if self.best_trial_id is None and self.best_value is not None:
            raise ValueError("'best_value' is of no trial: 'best_trial_id' is null")
        if self.best_trial_id is not None and self.best_value is None:
            raise ValueError("'best_value' is null, and 'best_trial_id' names a trial")
        if self.epochs and not self.virtual:
            self._check_time_passed()
        return self

    def _check_time_passed(self) -> None:
        # A replay is as long as its table says, which may be no time at all.
        if self.runtime_s == 0:
            raise ValueError(f"'runtime_s' is 0, and 'epochs' is {self.epochs}")
        if sum(self.ledger.values()) == 0:
            raise ValueError(f"'ledger' holds no time, and 'epochs' is {self.epochs}")


class HyperparameterFields(_Fields):
    """A hyperparameter of the search space."""

    name: Text


class SpaceFields(_Fields):
    """The search space."""

    hyperparameters: list[HyperparameterFields] = []


class EnvironmentFields(_Fields):
    """``environment.json``; a comparison takes what is absent as unknown."""

    python: str | None = None
    git_revision: str | None = None
    versions: dict[str, str | None] | None = None
    command_started: Amount | None = None
    space: SpaceFields | None = None
    hardware: HardwareFields | None = None


class ConfigFields(_Fields):
    """``run.yaml``; settings that it lacks have their defaults."""

    checkpoint_interval: Several | None = None
    workload_options: dict[str, Any] | None = None
    engine: dict[str, Any] | None = None
    search_seed: Count | None = None
    split_seed: Count | None = None
    training_seed: Count | None = None
    device: str | None = None
    data: str | None = None


def whole_summary(directory: RunDirectory) -> dict[str, Any] | None:
    """Return what a run's ``summary.json`` says; None if there is none, or a damaged one.

    A search that can be resumed makes it anew from its events, so that a damaged one is as good
    as none to it.
    """
    try:
        summary: Any = directory.read_summary()
    except (OSError, ValueError):
        return None
    if not isinstance(summary, dict):
        return None
    return summary if complaint(SummaryFields, summary, directory.summary.name) is None else None


def complaint(fields: type[BaseModel], values: Mapping[str, Any], file: str) -> str | None:
    """Return what is wrong with a file's fields in a few words; None if nothing is.

    Parameters
    ----------
    fields
        The fields of such a file.
    values
        What the file holds.
    file
        Its name.
    """
    try:
        fields.model_validate(values)
    except ValidationError as error:
        return _told(error.errors(include_url=False)[0], file)
    return None


def _told(error: ErrorDetails, file: str) -> str:
    where = in_one_line(".".join(str(part) for part in error["loc"]))
    if error["type"] == "missing":
        return f"{file} lacks '{where}'"
    # Pydantic names the class besides, which is no business of a reader.
    message = error["msg"].removeprefix("Value error, ").partition(" or instance of ")[0]
    if not where:
        return f"{file}: {message}"
    return f"{file}: '{where}' is {_short(error['input'])}: {message}"


def _short(value: Any) -> str:
    text = in_one_line(repr(value))
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
