"""From what a process becomes able to run trials: settings that can be sent to it."""

from __future__ import annotations

import math
import os
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.checkpoints.in_flight import TrialStates
from harness.errors import OutOfTime
from harness.machine.arithmetic import ArithmeticRequest
from harness.machine.compiler import import_compiler
from harness.machine.hardware import detect_hardware, usable_cores
from harness.plugins.loading import load_workload
from harness.precision import Precision, flush_denormals, resolve_precision
from harness.records.directory import INCUMBENTS, STATES
from harness.trials.deadline import Deadline, TimeIsUp, interrupted_at
from harness.trials.objective import Objective
from harness.trials.pace import Pace
from harness.workload import BuildContext, Workload

if TYPE_CHECKING:
    import torch

    from harness.parallel.group import BatchScaling, GroupMembership


SHORTEST_LOADING_S = 10.0
"""Seconds that data may take to load before t = 0, where the time limit is shorter."""


@dataclass(frozen=True)
class ObjectiveSpec:
    """Everything a process needs to become able to run trials. It can be pickled.

    Attributes
    ----------
    workload
        The workload's name.
    workload_options
        The workload's own options.
    precision
        The precision's name.
    seed
        Seeds the initial weights and the data order.
    max_epochs
        The length of a whole training.
    data
        The data root, or None.
    threads
        Torch threads of a worker.
    device
        ``"cpu"``, ``"cuda"``, or ``"auto"``: CUDA where there is some.
    batch_scaling
        Whether a batch size is that of a trial, or that of each of its ranks.
    checkpoints
        Where states go: the best ones, and those of trials in flight.
    checkpoint_interval
        Epochs between two states on disk of a trial in flight.
    trial_timeout
        Seconds that a trial may take at a stretch; None for any.
    arithmetic
        How a processor computes in the precision's format; decided once for all
        processes of a search.
    time_limit
        Seconds after which the search ends; None for never.
    split_seed
        Seeds the data split; None for `seed`.
    """

    workload: str
    workload_options: dict[str, Any]
    precision: str
    seed: int
    max_epochs: int
    data: Path | None
    threads: int
    device: str
    batch_scaling: BatchScaling
    checkpoints: Path
    checkpoint_interval: int = 1
    trial_timeout: float | None = None
    arithmetic: ArithmeticRequest = "auto"
    time_limit: float | None = None
    split_seed: int | None = None

    @property
    def incumbents(self) -> Path:
        """Where the best states go."""
        return self.checkpoints / INCUMBENTS

    @property
    def states(self) -> TrialStates:
        """The states of the trials in flight."""
        return TrialStates(self.checkpoints / STATES)

    def prepare(
        self, local_worker: int = 0, membership: GroupMembership | None = None
    ) -> Objective:
        """Load the data and settle device, threads and precision in this process.

        Parameters
        ----------
        local_worker
            The process' place on its node; it picks the GPU.
        membership
            Its place among the processes that train trials together, if there
            are several; this call then waits for the others.

        Raises
        ------
        DataError
            If the data cannot be loaded.
        RequestError
            If the precision is not available here.
        OutOfTime
            If loading the data takes longer than the search may.
        """
        with _on_its_way(membership):
            device, precision, workload = self._prepare_alone(local_worker, membership is None)
        group = None
        if membership is not None:
            from harness.parallel.group import TrialGroup

            group = TrialGroup(membership, device)
        pace = Pace(device)
        context = BuildContext(
            precision,
            device,
            self.seed,
            self.max_epochs,
            group,
            self.batch_scaling,
            step_done=pace.step_done,
        )
        return Objective(self, workload, context, Deadline(self.time_limit), pace)

    def _prepare_alone(
        self, local_worker: int, limited: bool
    ) -> tuple[torch.device, Precision, Workload]:
        os.environ["OMP_NUM_THREADS"] = str(self.threads)
        import torch

        torch.set_num_threads(self.threads)
        flush_denormals()
        device = pick_device(self.device, local_worker)
        if device.type == "cuda":
            # What names no device means this one; it would open a context on the first GPU, too.
            torch.cuda.set_device(device)
        precision = resolve_precision(
            self.precision,
            device.type,
            detect_hardware(),
            self.arithmetic if device.type == "cpu" else "auto",
        )
        precision.apply_to_process()
        workload = load_workload(self.workload, self.workload_options)
        workload.import_training_modules()
        # Processes that wait for one another end together, from outside.
        self._load_data(workload, device, limited)
        if not limited:
            import_compiler()
        return device, precision, workload

    def _load_data(self, workload: Workload, device: Any, limited: bool) -> None:
        limit_s = None
        if limited and self.time_limit is not None:
            limit_s = max(self.time_limit, SHORTEST_LOADING_S)
        try:
            with interrupted_at(Deadline(limit_s)):
                seed = self.seed if self.split_seed is None else self.split_seed
                workload.load_data(self.data, seed, device)
        except TimeIsUp:
            raise OutOfTime(
                f"The data were not loaded within {limit_s:g} s, and the time limit is "
                f"{self.time_limit:g} s."
            ) from None


def _on_its_way(membership: GroupMembership | None) -> AbstractContextManager[None]:
    """Tell the others of a group that this process is on its way."""
    if membership is None:
        return nullcontext()
    from harness.parallel.presence import on_its_way

    return on_its_way(membership.rendezvous, membership.rank)


def pick_device(policy: str, local_worker: int) -> Any:
    """Return the torch device of a worker.

    Parameters
    ----------
    policy
        ``"cpu"``, ``"cuda"`` or ``"auto"``.
    local_worker
        The worker's place on its node; GPUs are dealt out in turn.
    """
    import torch

    if policy == "cpu" or (policy == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    return torch.device("cuda", local_worker % max(1, torch.cuda.device_count()))


def default_threads(processes: int, nodes: int = 1) -> int:
    """Return the torch threads of one of `processes` that train on `nodes` nodes like this one."""
    return max(1, usable_cores() // math.ceil(processes / nodes))
