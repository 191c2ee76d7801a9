"""Population-based training on made slots: the rules of either engine, and nothing else of it.

A member's values are its quality and noise. An exploit gives it its donor's quality, and
the explore step changes that a little. Who trains when, and who exploits whom, is decided by
Ray's own scheduler or by the rules on Propulate's board.
"""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
from ray.tune.experiment import Trial as TuneTrial
from ray.tune.schedulers import TrialScheduler

from backends.ray.population import MemberPBT
from backends.ray.trainable import EPOCH, METRIC
from backends.ray.trial_config import KEY
from harness.population.config_vector import ConfigVector
from harness.population.rules import Fate, PopulationRules, TrainedSlice
from harness.population.table import (
    SavedState,
    initial_board,
    is_over,
    saved_state,
)
from harness.search_spec import SearchSpec
from harness.space import sample_configurations
from harness.testing.workloads import AnalyticWorkload


@dataclass
class Population:
    """What came of a simulated search.

    Attributes
    ----------
    exploits
        How many there were.
    turns
        The members in the order in which they were trained, with the epoch after each.
    best
        The best value of any epoch.
    """

    exploits: int = 0
    turns: list[tuple[int, int]] = field(default_factory=list)
    best: float = 0.0

    @property
    def spread(self) -> int:
        """By how many epochs two members were apart at most, of those not at their end."""
        epochs: dict[int, int] = {}
        most = 0
        for member, epoch in self.turns:
            epochs[member] = epoch
            most = max(most, epoch - min(epochs.values()))
        return most


class Qualities:
    """The values of members, drawn alike for both engines."""

    def __init__(self, members: int, seed: int) -> None:
        self.random = random.Random(seed)
        self.of = [self.random.random() for _ in range(members)]

    def inherit(self, member: int, donor: float) -> None:
        """Have a member go on from a donor's quality, changed a little."""
        self.of[member] = donor + self.random.gauss(0.0, 0.1)

    def value(self, member: int) -> float:
        """Return a member's value after a slice."""
        return self.of[member] + self.random.gauss(0.0, 0.3)

    def seconds(self) -> float:
        """Return how long a slice takes."""
        return self.random.uniform(0.9, 1.1)


def simulate_propulate(members: int, slots: int, epochs: int, seed: int) -> Population:
    """Run the rules on Propulate's board."""
    space = AnalyticWorkload().space()
    configurations = sample_configurations(space, members, seed)
    spec = SearchSpec(
        algorithm="pbt",
        mode="max",
        trials=members,
        max_epochs=epochs,
        grace_epochs=1,
        reduction_factor=4,
        population=members,
        interval=1,
        quantile=0.25,
        resample_probability=0.25,
        perturbation_factors=(1.2, 0.8),
        workers=slots,
        ranks_per_trial=1,
        seed=seed,
        time_limit=None,
        mutable=("lr",),
        engine={},
    )
    rules, board = PopulationRules(spec, space), initial_board(configurations, ConfigVector(space))
    qualities, found = Qualities(members, seed), Population()
    saved_quality: dict[tuple[int, int], float] = {}
    events: list[tuple[float, int]] = [(0.0, slot) for slot in range(slots)]
    trained: dict[int, TrainedSlice | None] = dict.fromkeys(range(slots))
    while events and not is_over(board):
        time, slot = heapq.heappop(events)
        told = trained[slot]
        turn = rules.take_turn(board, told)
        if told is not None and turn.fate in {Fate.SAVED, Fate.PAUSED}:
            state = SavedState(int(board["trial"][told.member]), told.epoch)
            saved_quality[state.trial, state.epoch] = qualities.of[told.member]
            rules.note_saved(board, told.member, state, turn.fate is Fate.PAUSED)
        if turn.successor is not None and told is not None:
            found.exploits += 1
            state = saved_state(board, told.member)
            assert state is not None
            qualities.inherit(told.member, saved_quality[state.trial, state.epoch])
        trained[slot] = None
        if turn.member is None:
            # Another slot trains what is left; it may leave something for this one.
            heapq.heappush(events, (time + 0.01, slot))
            continue
        member = turn.member
        epoch = int(board["epoch"][member]) + 1
        value = qualities.value(member)
        found.turns.append((member, epoch))
        found.best = max(found.best, value)
        trained[slot] = TrainedSlice(member, epoch, value, ended=epoch == epochs)
        heapq.heappush(events, (time + qualities.seconds(), slot))
    return found


class _Lineage:
    """Stands for `backends.ray.population.Lineage`: notes who exploits whom."""

    def __init__(self) -> None:
        self.exploits = 0

    def succeed(self, exploited, explored, donated, judgement, told):
        self.exploits += 1
        return {KEY: {**explored[KEY], "member": exploited[KEY]["member"]}}


class _Past:
    def restore(self, state, trial_id) -> None:
        """Nothing is past."""


class _MadeTrial:
    """What a scheduler sees of a trial of Tune."""

    orig_tag = experiment_tag = ""
    placement_group_factory = None

    def __init__(self, member: int) -> None:
        self.trial_id = f"member{member}"
        self.config = {KEY: {"trial_id": self.trial_id, "member": member}}
        self.status = TuneTrial.PENDING
        manager = SimpleNamespace(
            checkpoint_config=SimpleNamespace(num_to_keep=None), _latest_checkpoint_result=None
        )
        self.run_metadata = SimpleNamespace(checkpoint_manager=manager)
        self.epoch = 0

    def is_finished(self) -> bool:
        return self.status == TuneTrial.TERMINATED

    def set_experiment_tag(self, tag) -> None:
        """No tag is used."""

    def set_config(self, config) -> None:
        self.config = config


class _Controller:
    """What a scheduler sees of Tune's controller; a save is done at once."""

    def __init__(self, trials: list[_MadeTrial], qualities: Qualities) -> None:
        self.search_alg = None
        self._trials, self._qualities = trials, qualities
        self._trial_to_actor: dict[_MadeTrial, object] = {}
        self._actor_cache = SimpleNamespace(increase_max=lambda *arguments: None)
        self._actor_manager = SimpleNamespace(is_actor_started=lambda actor: False)

    def get_trials(self) -> list[_MadeTrial]:
        return self._trials

    def pause_trial(self, trial: _MadeTrial, should_checkpoint: bool = True) -> None:
        trial.status = TuneTrial.PAUSED

    def _schedule_trial_save(self, trial: _MadeTrial, result=None):
        member = trial.config[KEY]["member"]
        return SimpleNamespace(path=f"/made/{trial.trial_id}", quality=self._qualities.of[member])


def simulate_ray(members: int, slots: int, epochs: int, seed: int) -> Population:
    """Run Ray Tune's own scheduler."""
    random.seed(seed)
    np.random.seed(seed)
    qualities, found = Qualities(members, seed), Population()
    scheduler = MemberPBT(
        time_attr=EPOCH,
        metric=METRIC,
        mode="max",
        perturbation_interval=1,
        quantile_fraction=0.25,
        custom_explore_fn=lambda config: config,
        log_config=False,
    )
    scheduler.slots, scheduler.past, scheduler.lineage = slots, _Past(), _Lineage()
    trials = [_MadeTrial(member) for member in range(members)]
    controller = _Controller(trials, qualities)
    for trial in trials:
        scheduler.on_trial_add(controller, trial)
    events: list[tuple[float, int]] = [(0.0, slot) for slot in range(slots)]
    training: dict[int, _MadeTrial | None] = dict.fromkeys(range(slots))
    while not all(trial.is_finished() for trial in trials):
        time, slot = heapq.heappop(events)
        trial = training[slot]
        if trial is not None and not _goes_on(scheduler, controller, trial, epochs, found):
            trial = None
        if trial is None:
            trial = scheduler.choose_trial_to_run(controller)
            if trial is not None:
                trial.status = TuneTrial.RUNNING
                # Tune asks again after each choice, and so sees it run.
                scheduler.choose_trial_to_run(controller)
        training[slot] = trial
        if trial is None:
            heapq.heappush(events, (time + 0.01, slot))
            continue
        trial.epoch += 1
        member = trial.config[KEY]["member"]
        trial.value = qualities.value(member)
        found.turns.append((member, trial.epoch))
        found.best = max(found.best, trial.value)
        heapq.heappush(events, (time + qualities.seconds(), slot))
    found.exploits = scheduler.lineage.exploits
    return found


def _goes_on(scheduler, controller, trial: _MadeTrial, epochs: int, found: Population) -> bool:
    """Report a slice to the scheduler, and do what it decides."""
    if trial.epoch == epochs:
        trial.status = TuneTrial.TERMINATED
        return False
    before = scheduler.lineage.exploits
    result = {EPOCH: trial.epoch, METRIC: trial.value}
    decision = scheduler.on_trial_result(controller, trial, result)
    if scheduler.lineage.exploits > before:
        taken = trial.run_metadata.checkpoint_manager._latest_checkpoint_result
        trial.epoch = taken.metrics[EPOCH]
        controller._qualities.inherit(trial.config[KEY]["member"], taken.checkpoint.quality)
        return False
    if decision == TrialScheduler.PAUSE:
        trial.status = TuneTrial.PAUSED
        return False
    return True
