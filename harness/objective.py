"""The objective: what an engine evaluates."""

from __future__ import annotations

import dataclasses
import gc
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.arithmetic import ArithmeticRequest
from harness.checkpoint import Checkpoint
from harness.deadline import Deadline, TimeIsUp, interrupted_at
from harness.errors import OutOfTime
from harness.faults import FailureCount
from harness.hardware import detect_hardware, usable_cores
from harness.incumbent import IncumbentKeeper
from harness.metric_value import metric_value
from harness.pace import Pace
from harness.plugins import load_workload
from harness.precision import flush_denormals, resolve_precision
from harness.recorder import SlotRecorder
from harness.run_directory import INCUMBENTS, STATES
from harness.space_values import illegality
from harness.state_keeping import StateKeeping
from harness.training_imports import import_compiler
from harness.trial import Trial
from harness.trial_run import TrialRun
from harness.trial_states import TrialStates
from harness.workload import BuildContext, Metric, Training, Workload

if TYPE_CHECKING:
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
        Seeds the data split, the initial weights and the data order.
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
        self._load_data(workload, device, limited=membership is None)
        group = None
        if membership is not None:
            from harness.parallel.group import TrialGroup

            import_compiler()

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

    def _load_data(self, workload: Workload, device: Any, limited: bool) -> None:
        limit_s = None
        if limited and self.time_limit is not None:
            limit_s = max(self.time_limit, SHORTEST_LOADING_S)
        try:
            with interrupted_at(Deadline(limit_s)):
                workload.load_data(self.data, self.seed, device)
        except TimeIsUp:
            raise OutOfTime(
                f"The data were not loaded within {limit_s:g} s, and the time limit is "
                f"{self.time_limit:g} s."
            ) from None


class Objective:
    """A workload with its data, precision and device in this process.

    Parameters
    ----------
    spec
        Where it came from.
    workload
        The workload, its data loaded.
    context
        What every training of this search shares.
    deadline
        When the search ends; trainings are interrupted then. It counts from the end
        of `ObjectiveSpec.prepare`; a backend that knows t = 0 calls its `start` then.
    pace
        Tells how long the first steps take.
    """

    def __init__(
        self,
        spec: ObjectiveSpec,
        workload: Workload,
        context: BuildContext,
        deadline: Deadline | None = None,
        pace: Pace | None = None,
    ) -> None:
        self.spec = spec
        self.workload = workload
        self.deadline = deadline or Deadline(None)
        self._context = context
        self._pace = pace or Pace(context.device)
        self._failures = FailureCount()
        self._incumbents = IncumbentKeeper(spec.incumbents, workload.metric)
        self._space = workload.space()

    @property
    def metric(self) -> Metric:
        """What trials are judged by."""
        return self.workload.metric

    def start(
        self, trial: Trial, slot: SlotRecorder, checkpoint: Checkpoint | Path | None = None
    ) -> TrialRun:
        """Begin a trial on a slot, from fresh weights or from a checkpoint.

        Without `checkpoint` a trial goes on from the newest state that an
        earlier process left of it, if there is one. A trial that cannot be
        built is returned as already failed.

        Raises
        ------
        SearchFailed
            If all trials of this process have failed, and they were several.
        """
        self._failures.check()
        self._pace.follow(slot, trial.trial_id)
        keeping = StateKeeping(
            trial.trial_id,
            self.metric,
            self.spec.checkpoint_interval,
            self._incumbents,
            self.spec.states,
        )
        run = TrialRun(
            trial,
            self._build_on_all_ranks,
            slot,
            self.spec.max_epochs,
            self.spec.trial_timeout,
            keeping,
            self._failures,
            # An interrupted leader would leave its followers in the middle of a sum.
            self.deadline if self._context.group is None else None,
        )
        run.begin(checkpoint)
        return run

    def build(self, trial: Trial, restored: bool = False) -> Training:
        """Build a trial's training with its own initial weights and data order.

        Parameters
        ----------
        trial
            The trial.
        restored
            Whether a state is loaded next, so that initial weights are not needed.

        Raises
        ------
        ValueError
            If the search space does not allow the configuration.
        """
        wrong = illegality(self._space, trial.config)
        if wrong is not None:
            raise ValueError(f"the search space does not allow {dict(trial.config)}: {wrong}")
        seed = trial_seed(self.spec.seed, trial.number)
        context = dataclasses.replace(self._context, seed=seed, restored=restored)
        return self.workload.build(trial.config, context)

    def follow(self) -> None:
        """Train what the leader of this process' group trains, until it is released."""
        from harness.parallel.leader import follow

        if self._context.group is None:
            raise RuntimeError("a process without a group has no leader")
        follow(self._context.group, self.build)
        self._context.group.close()

    def release(self) -> None:
        """End the work of the followers, if there are any; no trial starts after it.

        A GPU's memory is given back, for another rank may share it for the final test.
        """
        if self._context.group is not None:
            from harness.parallel.leader import release

            release(self._context.group)
            self._context.group.close()
        if self._context.device.type == "cuda":
            import torch

            gc.collect()
            torch.cuda.empty_cache()

    def _build_on_all_ranks(self, trial: Trial, restored: bool) -> Training:
        if self._context.group is None:
            return self.build(trial, restored)
        from harness.parallel.leader import LedTraining

        return LedTraining(self._context.group, self.build, trial)

    def test(self, checkpoint: Checkpoint) -> tuple[float, Training]:
        """Return the test metric of a saved state, and the training that holds it."""
        training = self.build(Trial(checkpoint.trial_id, 0, checkpoint.config), restored=True)
        training.load_state_dict(checkpoint.training)
        return metric_value(training.test(), "test()"), training


def trial_seed(seed: int, number: int) -> int:
    """Return the seed of configuration `number` in a search seeded with `seed`."""
    import numpy as np

    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0])


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
