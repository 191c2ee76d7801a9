from __future__ import annotations

import math
import random

import numpy as np
import pytest
from ConfigSpace import Categorical, ConfigurationSpace, Constant, Float, OrdinalHyperparameter
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.population.config_vector import ConfigVector
from harness.population.rules import Fate, PopulationRules, TrainedSlice
from harness.population.table import (
    SavedState,
    State,
    initial_board,
    is_over,
    saved_state,
)
from harness.search_spec import SearchSpec
from harness.space import sample_configurations
from harness.trial import Judgement


def a_space():
    space = ConfigurationSpace()
    space.add(
        Float("lr", (1e-4, 1.0), log=True),
        OrdinalHyperparameter("width", [8, 16, 32]),
        Categorical("activation", ["relu", "tanh"]),
        Constant("fixed", "x"),
    )
    return space


def a_spec(**changes):
    return SearchSpec(
        **{
            "algorithm": "pbt",
            "mode": "max",
            "trials": 8,
            "max_epochs": 12,
            "grace_epochs": 1,
            "reduction_factor": 4,
            "population": 8,
            "interval": 2,
            "quantile": 0.25,
            "resample_probability": 0.25,
            "perturbation_factors": (1.2, 0.8),
            "workers": 3,
            "ranks_per_trial": 1,
            "seed": 0,
            "time_limit": None,
            "mutable": ("lr",),
            "engine": {},
            **changes,
        }
    )


def a_board(members, space):
    return initial_board(sample_configurations(space, members, 0), ConfigVector(space))


class SimulatedRank:
    """What the propagator and the trainer of a rank do, without MPI and without files."""

    def __init__(self, population):
        self.population = population
        self.trained = None
        self.member = None
        self.in_memory = None

    def turn(self):
        p = self.population
        turn = p.rules.take_turn(p.board, self.trained)
        if turn.obsolete is not None:
            p.remove(turn.obsolete)
        if turn.fate in {Fate.SAVED, Fate.PAUSED}:
            trial, epoch = self.in_memory
            p.files.add(SavedState(trial, epoch))
            paused = turn.fate is Fate.PAUSED
            obsolete = p.rules.note_saved(
                p.board, self.trained.member, SavedState(trial, epoch), paused
            )
            if obsolete is not None:
                p.remove(obsolete)
        if turn.fate not in {Fate.KEPT, Fate.SAVED}:
            self.in_memory = None
        self.trained, self.member = None, turn.member

    def train(self):
        p, member = self.population, self.member
        trial = int(p.board["trial"][member])
        if self.in_memory is None or self.in_memory[0] != trial:
            saved = saved_state(p.board, member)
            assert saved is None or saved in p.files, "its checkpoint is gone"
            p.open(trial, member, saved)
            self.in_memory = (trial, 0 if saved is None else saved.epoch)
        epoch = self.in_memory[1]
        for _ in range(p.spec.interval):
            if epoch < p.spec.max_epochs:
                epoch += 1
                p.epochs[trial].append(epoch)
        failed = p.random.random() < p.failure_rate
        value = math.nan if failed else p.random.random()
        self.in_memory = (trial, epoch)
        self.trained = TrainedSlice(member, epoch, value, failed or epoch == p.spec.max_epochs)


class SimulatedPopulation:
    def __init__(self, members, ranks, seed, interval, failure_rate):
        space = a_space()
        self.spec = a_spec(trials=members, interval=interval, seed=seed)
        self.board = a_board(members, space)
        self.rules = PopulationRules(self.spec, space)
        self.random = random.Random(seed)
        self.failure_rate = failure_rate
        self.files = set()
        self.epochs = {}
        self.members = {}
        self.parents = {}
        self.ranks = [SimulatedRank(self) for _ in range(ranks)]

    def remove(self, saved):
        self.files.remove(saved)

    def open(self, trial, member, saved):
        self.epochs.setdefault(trial, [])
        assert self.members.setdefault(trial, member) == member
        if saved is not None and saved.trial != trial:
            assert trial not in self.parents
            self.parents[trial] = saved

    def run(self):
        for _ in range(10_000):
            if is_over(self.board):
                return
            rank = self.random.choice(self.ranks)
            if rank.member is None:
                rank.turn()
            else:
                rank.train()
                rank.turn()
        raise AssertionError("the population does not come to an end")


@settings(deadline=None, max_examples=60)
@given(
    members=st.integers(1, 12),
    ranks=st.integers(1, 6),
    seed=st.integers(0, 10_000),
    interval=st.integers(1, 5),
    failure_rate=st.sampled_from([0.0, 0.1]),
)
def test_lineages_of_any_population(members, ranks, seed, interval, failure_rate):
    population = SimulatedPopulation(members, ranks, seed, interval, failure_rate)
    population.run()
    assert set(population.members.values()) == set(range(members))
    for trial, epochs in population.epochs.items():
        parent = population.parents.get(trial)
        first = 1 if parent is None else parent.epoch + 1
        assert epochs == list(range(first, first + len(epochs)))
        if parent is not None:
            assert parent.epoch in population.epochs[parent.trial] or (
                parent.epoch < population.epochs[parent.trial][0]
            )
            assert parent.trial in population.members
        else:
            assert trial == population.members[trial]
    assert not population.files, "checkpoints are left behind"
    assert (population.board["state"] == State.DONE).all()


def test_a_population_exploits():
    population = SimulatedPopulation(8, 3, seed=1, interval=2, failure_rate=0.0)
    population.run()
    assert population.parents


@pytest.fixture
def rules():
    return PopulationRules(a_spec(), a_space())


def judged(rules, values, member, epoch=2, saved=(), donates=True):
    """Return the board and the turn after `member` reports; all others train from epoch 2."""
    board = a_board(len(values), a_space())
    board["epoch"], board["value"] = epoch, values
    for other in saved:
        board["saved_trial"][other], board["saved_epoch"][other] = other, epoch
        board["donates"][other] = donates
    board["state"] = State.TRAINING
    board["value"][member] = np.nan
    turn = rules.take_turn(board, TrainedSlice(member, epoch, values[member], ended=False))
    return board, turn


def test_the_worst_member_becomes_a_child_of_the_best(rules):
    board, turn = judged(rules, [0.1, 0.5, 0.6, 0.9], member=0, saved=[3])
    assert turn.fate is Fate.EXPLOITED
    assert board["trial"][0] == 4
    assert saved_state(board, 0) == SavedState(3, 2)
    vector = ConfigVector(a_space())
    child, donor = (vector.decode(board["config"][member]) for member in (0, 3))
    assert child.pop("lr") != donor.pop("lr")
    assert child == donor
    assert turn.judgement == Judgement(2, value=0.1, against=0.9, goes_on=False)
    assert (turn.successor.origin, turn.successor.told) == ("exploit", 4)


def test_a_donor_without_a_saved_state_is_not_exploited(rules):
    _board, turn = judged(rules, [0.1, 0.5, 0.6, 0.9], member=0)
    assert turn.fate is Fate.KEPT


def test_a_paused_member_that_has_become_one_of_the_best_is_not_exploited(rules):
    _board, turn = judged(rules, [0.1, 0.5, 0.6, 0.9], member=0, saved=[3], donates=False)
    assert turn.fate is Fate.KEPT


def test_whoever_is_judged_among_the_best_donates_until_it_is_judged_again(rules):
    board, _turn = judged(rules, [0.1, 0.5, 0.6, 0.9], member=3)
    assert board["donates"].tolist() == [0, 0, 0, 1]
    board["value"][3] = 0.2
    rules.take_turn(board, TrainedSlice(3, 4, 0.2, ended=False))
    assert board["donates"].tolist() == [0, 0, 0, 0]


def test_a_best_member_is_saved_and_goes_on(rules):
    _board, turn = judged(rules, [0.1, 0.5, 0.6, 0.9], member=3)
    assert (turn.fate, turn.member) == (Fate.SAVED, 3)


def test_a_middling_member_goes_on_unsaved(rules):
    _board, turn = judged(rules, [0.1, 0.5, 0.6, 0.9], member=1)
    assert (turn.fate, turn.member) == (Fate.KEPT, 1)


def test_of_members_that_are_level_the_one_that_waits_longest_has_the_turn(rules):
    board = a_board(4, a_space())
    board["epoch"], board["turn"] = 2, [7, 9, 5, 6]
    board["state"][1] = State.TRAINING
    turn = rules.take_turn(board, TrainedSlice(1, 2, 0.5, ended=False))
    assert (turn.fate, turn.member) == (Fate.PAUSED, 2)
    assert board["turn"].tolist() == [7, 9, 10, 6]


def test_a_member_makes_room_for_one_that_is_behind(rules):
    board = a_board(4, a_space())
    board["epoch"] = [2, 4, 2, 4]
    board["state"][1] = State.TRAINING
    turn = rules.take_turn(board, TrainedSlice(1, 4, 0.5, ended=False))
    assert (turn.fate, turn.member) == (Fate.PAUSED, 0)
    assert board["state"].tolist() == [State.TRAINING, State.TRAINING, State.WAITING, State.WAITING]
    assert rules.note_saved(board, 1, SavedState(1, 4), paused=True) is None
    assert board["state"][1] == State.WAITING


def test_a_smaller_loss_is_better():
    rules = PopulationRules(a_spec(mode="min"), a_space())
    board, turn = judged(rules, [0.9, 0.5, 0.6, 0.1], member=0, saved=[3])
    assert turn.fate is Fate.EXPLOITED
    assert saved_state(board, 0) == SavedState(3, 2)


def test_members_that_have_ended_are_not_exploited(rules):
    board = a_board(4, a_space())
    board["epoch"], board["value"] = 2, [0.1, 0.5, 0.6, 0.9]
    board["saved_trial"][3], board["saved_epoch"][3], board["donates"][3] = 3, 2, 1
    board["state"] = [State.TRAINING, State.DONE, State.DONE, State.DONE]
    turn = rules.take_turn(board, TrainedSlice(0, 4, 0.1, ended=False))
    assert (turn.fate, turn.member) == (Fate.KEPT, 0)


@settings(deadline=None)
@given(st.integers(0, 2**31))
def test_a_configuration_survives_as_a_vector_bit_for_bit(seed):
    space = a_space()
    vector = ConfigVector(space)
    for config in sample_configurations(space, 3, seed):
        assert vector.decode(vector.encode(config)) == config
