"""The objective: what an engine evaluates."""

from __future__ import annotations

import dataclasses
import gc
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from harness.checkpoints.file import Checkpoint
from harness.checkpoints.incumbent import IncumbentKeeper
from harness.checkpoints.keeping import StateKeeping
from harness.machine.hardware import detect_hardware
from harness.precision import resolve_precision
from harness.records.recorder import SlotRecorder
from harness.rules.seeds import drawn_seed
from harness.space_values import illegality
from harness.training.metric_value import metric_value
from harness.trial import Trial
from harness.trials.deadline import Deadline
from harness.trials.failures import FailureCount
from harness.trials.pace import Pace
from harness.trials.run import TrialRun
from harness.workload import BuildContext, Metric, Training, Workload

if TYPE_CHECKING:
    from harness.trials.objective_spec import ObjectiveSpec


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
            child_seed=lambda child: child_seed(self.spec.seed, child),
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

    def in_precision(self, name: str) -> Objective:
        """Return the same data in another precision, to which this process turns.

        Raises
        ------
        RequestError
            If the precision is not available here.
        """
        device = self._context.device.type
        precision = resolve_precision(name, device, detect_hardware(), "auto")
        precision.apply_to_process()
        context = dataclasses.replace(self._context, precision=precision)
        return Objective(self.spec, self.workload, context)

    def test(self, checkpoint: Checkpoint) -> tuple[float, Training]:
        """Return the test metric of a saved state, and the training that holds it."""
        training = self.build(Trial(checkpoint.trial_id, 0, checkpoint.config), restored=True)
        training.load_state_dict(checkpoint.training)
        return metric_value(training.test(), "test()"), training


def child_seed(seed: int, child: Trial) -> int:
    """Return the seed of a trial that goes on from another one's state, in a search seeded so.

    Neither its donor nor another child of that donor has it.
    """
    import numpy as np

    entropy = [seed, child.number, zlib.crc32(child.trial_id.encode())]
    return int(np.random.SeedSequence(entropy).generate_state(1)[0])


def trial_seed(seed: int, number: int) -> int:
    """Return the seed of configuration `number` in a search seeded with `seed`."""
    return drawn_seed(seed, number)
