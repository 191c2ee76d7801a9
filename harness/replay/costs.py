"""What engines and machines take besides training: inputs of a replay, and part of its record."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field


class ReplayCosts(BaseModel):
    """Seconds and rates that a table of trainings does not hold; all nothing by default.

    Recorded durations hold for the machine and the number of workers they were
    recorded with. Whatever is changed here makes the replay a scenario.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    suggestion_s: float = Field(
        0.0, ge=0, description="Seconds of the engine for each trial that it hands out, in turn."
    )
    slot_starts_s: tuple[Annotated[float, Field(ge=0)], ...] = Field(
        (),
        description="Seconds from t = 0 until each slot can begin its first trial, by slot; the "
        "last holds for all further slots.",
    )
    trial_s: float = Field(0.0, ge=0, description="Seconds of a slot for each trial that begins.")
    epoch_s: float = Field(0.0, ge=0, description="Seconds of a slot for each epoch it reports.")
    startup_s: float = Field(0.0, ge=0, description="Seconds from the launch to t = 0.")
    closing_s: float = Field(
        0.0, ge=0, description="Seconds of the engine from the last event to the search's end."
    )
    bandwidth: float | None = Field(
        None,
        gt=0,
        description="Bytes a second of a state that is written or read; by default the table's "
        "own seconds.",
    )
    speed: float = Field(
        1.0, ge=1e-6, le=1e6, description="How many times faster than in the table an epoch is."
    )
    serial_share: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Share of an epoch that more ranks a trial do not shorten (Amdahl); needed "
        "for more ranks than the table has.",
    )
    failures_per_worker_hour: float = Field(
        0.0, ge=0, description="How often a worker dies, an hour of its life."
    )
    restart_s: float = Field(
        0.0, ge=0, description="Seconds until a worker that died trains again."
    )
    failure_takes_all: bool = Field(
        False, description="Whether all workers start again with one that died, as a job of MPI."
    )

    @property
    def scenario(self) -> dict[str, Any]:
        """What is not as it was recorded: the fields that differ from their defaults."""
        return self.model_dump(mode="json", exclude_defaults=True)


def slot_start_s(costs: ReplayCosts, slot: int) -> float:
    """Return the seconds from t = 0 until a slot can begin its first trial."""
    starts = costs.slot_starts_s
    return starts[min(slot, len(starts) - 1)] if starts else 0.0


def rank_speed_up(serial_share: float, recorded: int, ranks: int) -> float:
    """Return how many times faster an epoch is on `ranks` than on `recorded` ranks.

    Amdahl, *Validity of the single processor approach to achieving large scale
    computing capabilities*, AFIPS 1967.
    """

    def relative_time(processes: int) -> float:
        return serial_share + (1 - serial_share) / processes

    return relative_time(recorded) / relative_time(ranks)
