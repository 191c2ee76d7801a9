"""What a log can say: a frozen dataclass an event, and one definition of an epoch's fields.

The columns of the epochs table, TensorBoard's scalars and what is exported of an epoch
derive from `EpochTrained`. `harness.records.lines` turns events into lines and back.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from harness.trial import Origin

EndStatus = Literal["completed", "stopped", "failed", "lost"]


@dataclass(frozen=True)
class Happening:
    """One event.

    Attributes
    ----------
    name
        Names its type in the log.
    time
        In Unix seconds.
    """

    name: ClassVar[str]
    time: float


@dataclass(frozen=True)
class Opened(Happening):
    """A process opened a file of the log.

    Attributes
    ----------
    session
        The session of the run that it belongs to.
    host, pid, created, numbered_by
        The process, see `harness.processes.claim.Holder`.
    clock_ahead_s
        How far its host's clock was ahead of the run's.
    """

    session: int = 0
    host: str | None = None
    pid: int | None = None
    created: float | None = None
    numbered_by: str = ""
    clock_ahead_s: float = 0.0


@dataclass(frozen=True)
class SlotOpened(Opened):
    """A process trains in a slot from here on."""

    name: ClassVar[str] = "writer"
    slot: int = field(default=0, kw_only=True)


@dataclass(frozen=True)
class DriverOpened(Opened):
    """A process drives a session; `workers` are its slots, None as the configuration has them."""

    name: ClassVar[str] = "driver"
    workers: int | None = None


@dataclass(frozen=True)
class SessionBegan(Happening):
    """A run that was cut off goes on; until `previous_alive` the session before lived at least."""

    name: ClassVar[str] = "session"
    session: int
    previous_alive: float | None = None


@dataclass(frozen=True)
class SearchBegan(Happening):
    """The engine's search call: t = 0."""

    name: ClassVar[str] = "search_begin"


@dataclass(frozen=True)
class SearchEnded(Happening):
    """The engine's search call returned."""

    name: ClassVar[str] = "search_end"


@dataclass(frozen=True)
class SessionEnded(Happening):
    """The session ended before its search call returned."""

    name: ClassVar[str] = "session_end"


@dataclass(frozen=True)
class SpanBooked(Happening):
    """A slot did `kind` from `start` to `time`."""

    name: ClassVar[str] = "span"
    kind: str
    start: float
    trial_id: str | None = None


@dataclass(frozen=True)
class IdleBegan(Happening):
    """A slot waits from here on; its process may end while it does."""

    name: ClassVar[str] = "idle"
    trial_id: str | None = None


@dataclass(frozen=True)
class OfTrial(Happening):
    """Something of one trial."""

    trial_id: str


@dataclass(frozen=True)
class TrialStarted(OfTrial):
    """A trial begins, from fresh weights or from a parent's state."""

    name: ClassVar[str] = "trial_start"
    number: int = 0
    member: int | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    parent_trial_id: str | None = None
    parent_epoch: int | None = None
    origin: Origin | None = None
    told: int | None = None
    parameters: int = 0


@dataclass(frozen=True)
class TrialExploited(Happening):
    """An exploit closed a trial, and its member goes on as another."""

    name: ClassVar[str] = "exploit"
    closed: str
    trial_id: str
    number: int
    member: int | None
    config: Mapping[str, Any]
    parent_trial_id: str | None
    parent_epoch: int | None
    origin: Origin | None = None
    told: int | None = None


@dataclass(frozen=True)
class TrialResumed(OfTrial):
    """A paused or interrupted trial goes on after `epoch`."""

    name: ClassVar[str] = "trial_resume"
    epoch: int


@dataclass(frozen=True)
class TrialPaused(OfTrial):
    """A trial left its slot and may come back."""

    name: ClassVar[str] = "trial_pause"


@dataclass(frozen=True)
class TrialMutated(OfTrial):
    """A trial goes on with other hyperparameters."""

    name: ClassVar[str] = "trial_mutate"
    config: Mapping[str, Any]


@dataclass(frozen=True)
class TrialEnded(OfTrial):
    """A trial ended, and why."""

    name: ClassVar[str] = "trial_end"
    status: EndStatus
    reason: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class TrialJudged(OfTrial):
    """What decides whether a trial goes on, see `harness.trial.Judgement`."""

    name: ClassVar[str] = "judgement"
    epoch: int
    value: float
    against: float | None = None
    goes_on: bool = True


@dataclass(frozen=True)
class PaceFound(OfTrial):
    """A training step takes `step_s` seconds, and `steps` make an epoch."""

    name: ClassVar[str] = "pace"
    step_s: float
    steps: int


@dataclass(frozen=True)
class CheckpointSaved(OfTrial):
    """A checkpoint after `epoch` cost `seconds`."""

    name: ClassVar[str] = "checkpoint_save"
    epoch: int
    seconds: float


def _seconds(exported: bool = True) -> Any:
    """Return the field of a duration within an epoch."""
    return field(default=0.0, metadata=_told("float64", "seconds", exported))


def _told(column: str, scalar: str | None, exported: bool) -> dict[str, Any]:
    return {"column": column, "scalar": scalar, "exported": exported}


@dataclass(frozen=True)
class EpochTrained(OfTrial):
    """A trial trained and validated an epoch.

    The metadata of a field say how it is shown: the type of its ``column`` in the epochs
    table, whether it is a ``scalar`` of TensorBoard (a ``quantity`` or ``seconds``), and
    whether it is ``exported`` to MLflow.

    Attributes
    ----------
    train_s, data_wait_s, validate_s, checkpoint_save_s, checkpoint_load_s
        What it took.
    train_loss
        The mean loss of its training.
    value
        The validation metric in its natural direction.
    config
        The hyperparameters that it was trained with.
    skipped_steps
        Optimizer steps that gradient scaling left out.
    samples
        What it was trained on.
    """

    name: ClassVar[str] = "epoch"
    epoch: int
    train_s: float = _seconds()
    data_wait_s: float = _seconds()
    validate_s: float = _seconds()
    checkpoint_save_s: float = _seconds(exported=False)
    checkpoint_load_s: float = _seconds(exported=False)
    train_loss: float = field(default=0.0, metadata=_told("float64", "quantity", True))
    value: float = field(default=0.0, metadata=_told("float64", "quantity", True))
    config: Mapping[str, Any] = field(default_factory=dict, metadata=_told("string", None, False))
    skipped_steps: int = field(default=0, metadata=_told("Int64", "quantity", True))
    samples: int = field(default=0, metadata=_told("Int64", None, False))


@dataclass(frozen=True)
class Unknown(Happening):
    """What another version wrote, and this one does not read."""

    name: ClassVar[str] = ""


EPOCH_FIELDS = tuple(field for field in dataclasses.fields(EpochTrained) if field.metadata)
"""The fields of an epoch that are measured or chosen, in the log's order."""
