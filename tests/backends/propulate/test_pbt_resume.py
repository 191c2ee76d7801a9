"""What a session makes of the trials of earlier ones."""

from __future__ import annotations

import math
import random
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("propulate")

from backends.propulate.breeding import Start
from backends.propulate.engine import settled
from backends.propulate.evaluation import past_individuals
from backends.propulate.ga import GeneticAlgorithm
from backends.propulate.options import PropulateOptions
from backends.propulate.pso import ParticleSwarm
from backends.propulate.translation import TranslatedSpace
from harness.backend import SearchContext
from harness.population.config_vector import ConfigVector
from harness.population.member_training import checkpoint_path
from harness.population.resume import recall_checkpoints, recalled_board
from harness.population.table import SavedState, State, saved_state
from harness.records.history import History, PastTrial
from harness.space import sample_configurations
from harness.testing.workloads import ContinuousWorkload
from harness.trial import Trial, trial_name

SPACE = ContinuousWorkload().space()
CONFIGURATIONS = sample_configurations(SPACE, 8, 0)


def past(name, /, status="completed", values=None, state=None, **fields):
    trial = Trial(trial_name(name), **{"number": name, "config": CONFIGURATIONS[0], **fields})
    return PastTrial(trial, status, None, {1: 0.5} if values is None else values, state)


def over(numbers):
    return [
        past(number, config=CONFIGURATIONS[number], values={1: number / 10}) for number in numbers
    ]


def begun_with(configurations):
    return Start(TranslatedSpace(SPACE), configurations, 0, PropulateOptions(), random.Random(0))


def genetic():
    return GeneticAlgorithm(begun_with(CONFIGURATIONS), 3)


def test_individuals_carry_loss_number_and_configuration():
    failed = past(5, "failed", config=CONFIGURATIONS[5])
    running = past(6, "running", config=CONFIGURATIONS[6])
    history = History((*over([2, 0]), failed, running))
    found = past_individuals(history, genetic(), "max")
    assert [individual.task.number for individual in found] == [2, 0, 5]
    assert [individual.loss for individual in found] == [-0.2, -0.0, math.inf]
    assert [individual.task.config for individual in found] == [
        CONFIGURATIONS[number] for number in (2, 0, 5)
    ]
    assert past_individuals(history, genetic(), "min")[0].loss == 0.2


def test_every_island_has_its_share_and_every_worker_its_duty():
    found = past_individuals(History(tuple(over(range(7)))), genetic(), "max")
    first, second = settled(found, 0, 2, 2), settled(found, 1, 2, 2)
    assert [i.task.number for i in first] == [0, 2, 4, 6]
    assert [i.task.number for i in second] == [1, 3, 5]
    assert [i.current for i in first] == [0, 1, 0, 1]
    assert all(i.active and i.migration_steps == 0 for i in found)
    assert len({i.generation for i in first}) == len(first)


def test_particles_keep_their_speed():
    swarm = ParticleSwarm(begun_with(CONFIGURATIONS[:2]))
    found = past_individuals(History(tuple(over(range(4)))), swarm, "max")
    assert [i.particle for i in found] == [0, 1, 0, 1]
    assert np.allclose(found[2].velocity, found[2].position - found[0].position)
    moved, _config = swarm.suggest(4, found)
    assert moved.particle == 0


@pytest.fixture
def context(tmp_path):
    def make(*trials):
        return SearchContext(
            spec=None,
            space=SPACE,
            configurations=CONFIGURATIONS[:4],
            objective=None,
            recorder=None,
            directory=tmp_path,
            history=History(trials),
        )

    (tmp_path / "checkpoints").mkdir()
    return make


def state(directory: Path, name: str) -> Path:
    path = directory / f"{name}.state"
    path.write_text(name)
    return path


def test_a_population_is_rebuilt(context, tmp_path):
    own, inherited = state(tmp_path, "own"), state(tmp_path, "inherited")
    trials = [
        past(0, member=0, values={1: 0.1, 2: 0.2}, status="running", state=own),
        past(1, member=1, values={1: 0.3}, status="completed"),
        past(2, member=2, values={1: 0.4}, status="stopped"),
        past(
            6,
            number=2,
            member=2,
            values={},
            status="paused",
            state=inherited,
            config=CONFIGURATIONS[7],
            parent_trial_id="t00000",
            parent_epoch=1,
        ),
    ]
    found = context(*trials)
    left_over = checkpoint_path(found.checkpoints, SavedState(1, 1))
    left_over.write_text("of a member that is done")
    board = recalled_board(found, ConfigVector(SPACE))
    recall_checkpoints(found)
    waiting, done = State.WAITING, State.DONE
    assert board["state"].tolist() == [waiting, done, waiting, waiting]
    assert board["trial"].tolist() == [0, 1, 6, 3]
    assert board["epoch"].tolist() == [2, 1, 1, 0]
    assert board["value"].tolist()[:3] == [0.2, 0.3, 0.4]
    assert int(board["trials_opened"][0]) == 7
    assert ConfigVector(SPACE).decode(board["config"][2]) == CONFIGURATIONS[7]
    places = [saved_state(board, member) for member in range(4)]
    assert places == [SavedState(0, 2), None, SavedState(0, 1), None]
    assert checkpoint_path(found.checkpoints, places[0]).read_text() == "own"
    assert checkpoint_path(found.checkpoints, places[2]).read_text() == "inherited"
    assert not left_over.exists()


def test_a_member_without_a_whole_state_begins_anew(context):
    child = past(
        5, number=1, member=1, values={}, status="running", parent_trial_id="t00000", parent_epoch=3
    )
    board = recalled_board(context(child), ConfigVector(SPACE))
    assert (board["epoch"][1], saved_state(board, 1)) == (0, None)
    assert board["state"][1] == State.WAITING
