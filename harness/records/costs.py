"""What a search costs: the processors and GPUs that it holds, from its launch to its result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from harness.config import ResolvedConfig
from harness.machine.hardware import Hardware
from harness.records.slot_ledger import KINDS

HOURS = {"processor-hours": "processor_hours", "GPU-hours": "gpu_hours"}
"""What is held, with the summary's keys; ``…_by_kind`` has the same by kind."""

HOURS_KINDS = ("launch", *KINDS, "master")
"""The kinds of hours: those of the ledger, and what lies outside of it."""

_HOUR_S = 3600.0


@dataclass(frozen=True)
class Allocation:
    """What a search holds while it runs.

    Attributes
    ----------
    workers
        Slots that train.
    ranks_per_trial
        Processes of a slot.
    masters
        Processes that only manage, as DeepHyper's master does.
    threads
        Processors of a process.
    gpus
        Devices of all slots together; 0 on a processor.
    """

    workers: int
    ranks_per_trial: int
    masters: int
    threads: int
    gpus: int

    @property
    def processors(self) -> int:
        """Processors of all processes."""
        return (self.workers * self.ranks_per_trial + self.masters) * self.threads

    def to_plain(self) -> dict[str, int]:
        """Return it as ``environment.json`` holds it."""
        return asdict(self)


def allocation_of(
    config: ResolvedConfig, processes: int, hardware: Hardware, nodes: int = 1
) -> Allocation:
    """Return what a resolved search holds.

    Parameters
    ----------
    config
        The resolved configuration.
    processes
        All that it has: those that train, and a master.
    hardware
        The machine, which every node is like.
    nodes
        Over how many nodes the processes are spread.
    """
    training = config.workers * config.ranks_per_trial
    gpus = 0 if config.device == "cpu" else len(hardware.gpus) * nodes
    return Allocation(
        workers=config.workers,
        ranks_per_trial=config.ranks_per_trial,
        masters=max(0, processes - training),
        threads=config.threads,
        gpus=min(training, gpus),
    )


def costs_of(
    environment: Mapping[str, Any],
    ledger: Mapping[str, float],
    runtime_s: float,
    startup_s: float | None,
) -> dict[str, Any]:
    """Return the entries of a summary that say what a search cost.

    Parameters
    ----------
    environment
        What ``environment.json`` holds; its ``allocation`` is that of the first session,
        its ``resumed`` entries have those of later ones.
    ledger
        Worker-seconds by kind.
    runtime_s, startup_s
        The search, and what lies before it.

    Returns
    -------
    dict
        ``launch_to_result_s``, ``processor_hours``, ``gpu_hours`` and both by kind; None
        where the records do not say. The kinds are those of the ledger, ``launch`` for
        all processes before t = 0, and ``master``.
    """
    none: dict[str, Any] = {
        "launch_to_result_s": None if startup_s is None else startup_s + runtime_s,
        "processor_hours": None,
        "gpu_hours": None,
        "processor_hours_by_kind": None,
        "gpu_hours_by_kind": None,
    }
    held = _allocation(environment)
    if held is None or startup_s is None:
        return none
    processor = held.ranks_per_trial * held.threads
    processors = {
        "launch": startup_s * held.processors,
        **{kind: seconds * processor for kind, seconds in ledger.items()},
        "master": runtime_s * held.masters * held.threads,
    }
    share = held.gpus / held.workers
    gpus = {
        "launch": startup_s * held.gpus,
        **{kind: seconds * share for kind, seconds in ledger.items()},
    }
    by_kind = [{kind: s / _HOUR_S for kind, s in own.items()} for own in (processors, gpus)]
    return none | {
        "processor_hours": sum(by_kind[0].values()),
        "processor_hours_by_kind": by_kind[0],
        "gpu_hours": sum(by_kind[1].values()) if held.gpus else None,
        "gpu_hours_by_kind": by_kind[1] if held.gpus else None,
    }


def _allocation(environment: Mapping[str, Any]) -> Allocation | None:
    """Return what the sessions held; None if one does not say, or they differ but in workers."""
    sessions = [environment, *environment.get("resumed", [])]
    held = [Allocation(**own) for own in (s.get("allocation") for s in sessions) if own]
    if len(held) < len(sessions):
        return None
    # The ledger has the worker-seconds of every session, however many workers it had.
    per_worker = {(a.ranks_per_trial, a.masters, a.threads, a.gpus / a.workers) for a in held}
    return held[-1] if len(per_worker) == 1 else None
