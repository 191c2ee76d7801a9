from dataclasses import replace

import pytest
from ConfigSpace import (
    CategoricalHyperparameter,
    Configuration,
    EqualsCondition,
    Float,
    ForbiddenAndConjunction,
    ForbiddenEqualsClause,
)

from harness.backend import SearchContext
from harness.records.history import History, PastTrial
from harness.space import sample_configurations
from harness.testing.workloads import AnalyticWorkload
from harness.trial import Trial, trial_name

pytest.importorskip("deephyper")

from backends.deephyper.search_setup import build_proposals, evolution_sample_size

pytestmark = pytest.mark.slow


def analytic_space():
    return AnalyticWorkload().space()


def conditional_space():
    space = analytic_space()
    optimizer = CategoricalHyperparameter("optimizer", ["adam", "sgd"])
    momentum = Float("momentum", (0.5, 0.9))
    space.add(optimizer, momentum)
    space.add(EqualsCondition(momentum, optimizer, "sgd"))
    return space


def forbidding_space():
    space = conditional_space()
    space.add(
        ForbiddenAndConjunction(
            ForbiddenEqualsClause(space["optimizer"], "sgd"),
            ForbiddenEqualsClause(space["width"], 8),
        )
    )
    return space


@pytest.fixture
def propose(specify, tmp_path):
    def make(space=analytic_space, history=None, **settings):
        spec = specify(**settings)
        context = SearchContext(
            spec=spec,
            space=space(),
            configurations=sample_configurations(space(), spec.trials, spec.seed),
            objective=None,
            recorder=None,
            directory=tmp_path,
            history=history or History(),
        )
        return build_proposals(context, tmp_path), context

    return make


def configuration_at(proposals, place, point):
    # Some go on beyond the search's last trial.
    is_asked_for = place < len(proposals.agenda)
    return proposals.trial(place, point).config if is_asked_for else proposals.decode(point)


def evaluate(proposals, evaluations, objective, batch=1):
    configurations = []
    while len(configurations) < evaluations:
        results = []
        for point in proposals.search.ask(batch):
            configuration = configuration_at(proposals, len(configurations), point)
            configurations.append(configuration)
            results.append((point, objective(configuration)))
        proposals.search.tell(results)
    return configurations


def rate(configuration):
    return -abs(configuration["lr"] - 0.01) - configuration["weight_decay"]


@pytest.mark.parametrize("algorithm", ["rand", "asha"])
@pytest.mark.parametrize("batch", [1, 2, 5])
def test_random_search_hands_out_the_seeds_configurations(propose, algorithm, batch):
    proposals, context = propose(algorithm=algorithm)
    points = []
    while len(points) < 12:
        points += proposals.search.ask(batch)
    handed = [proposals.trial(number, point).config for number, point in enumerate(points)]
    assert handed == context.configurations
    assert proposals.search.ask(1) == []


@pytest.mark.parametrize("algorithm", ["cbo", "cbo-asha", "regevo"])
@pytest.mark.parametrize("batch", [1, 3])
def test_the_initial_design_is_the_seeds_bit_by_bit(propose, algorithm, batch):
    proposals, context = propose(algorithm=algorithm)
    configurations = evaluate(proposals, 8, rate, batch)
    assert configurations[:4] == context.configurations[:4]
    assert configurations[4] not in context.configurations


@pytest.mark.parametrize("algorithm", ["cbo", "regevo"])
@pytest.mark.parametrize("space", [analytic_space, conditional_space])
def test_suggestions_are_plain_configurations_of_the_space(propose, algorithm, space):
    proposals, context = propose(space, algorithm=algorithm)
    for configuration in evaluate(proposals, 20, rate):
        Configuration(context.space, configuration)
        assert {type(value) for value in configuration.values()} <= {int, float, str}


def test_suggestions_obey_forbidden_clauses(propose):
    proposals, context = propose(forbidding_space, engine={"n_points": 300})
    for configuration in evaluate(proposals, 15, rate):
        Configuration(context.space, configuration)


@pytest.mark.parametrize("algorithm", ["cbo", "regevo"])
@pytest.mark.parametrize("space", [analytic_space, conditional_space])
def test_a_seed_determines_the_suggestions(propose, algorithm, space):
    runs = [
        evaluate(propose(space, algorithm=algorithm, seed=seed)[0], 10, rate) for seed in (3, 3, 4)
    ]
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


@pytest.mark.parametrize("algorithm", ["cbo", "regevo"])
@pytest.mark.parametrize(
    "fails",
    [lambda number: True, lambda number: number < 6, lambda number: number % 2 == 0],
    ids=["all", "first", "every second"],
)
def test_failures_do_not_end_a_search(propose, algorithm, fails):
    proposals, _context = propose(algorithm=algorithm)
    seen = []

    def objective(configuration):
        seen.append(configuration)
        return "F_failed" if fails(len(seen) - 1) else rate(configuration)

    assert len(evaluate(proposals, 12, objective)) == 12


def test_more_failures_than_deephyper_allows_by_default(propose):
    proposals, _context = propose()
    assert len(evaluate(proposals, 120, lambda configuration: "F_failed")) == 120


def test_bayesian_optimization_finds_more_than_random_search(propose):
    best = {}
    for algorithm in ("rand", "cbo"):
        proposals, _context = propose(algorithm=algorithm, trials=40, population=10)
        best[algorithm] = max(map(rate, evaluate(proposals, 40, rate)))
    assert best["cbo"] > best["rand"]


def test_deephyper_writes_no_results(propose, tmp_path):
    proposals, _context = propose()
    evaluate(proposals, 6, rate)
    assert list(tmp_path.rglob("*.csv")) == []


@pytest.mark.parametrize(
    ("population", "asked", "size"),
    [(2, None, 1), (3, None, 2), (8, None, 2), (100, None, 25), (8, 5, 5), (4, 9, 3)],
)
def test_a_tournament_is_smaller_than_its_population(population, asked, size):
    assert evolution_sample_size(population, asked) == size


def history_of(configurations, objective, over, cut_off=()):
    """Return the history of a search whose trials `over` are over and `cut_off` are not."""
    begun = [
        PastTrial(
            Trial(trial_name(number), number, configurations[number]),
            "completed" if number in over else "running",
            None,
            {1: objective(configurations[number])},
        )
        for number in sorted([*over, *cut_off])
    ]
    return History(tuple(begun))


@pytest.mark.parametrize("algorithm", ["cbo", "regevo"])
@pytest.mark.parametrize("batch", [1, 3])
def test_what_was_cut_off_comes_first_and_then_the_rest_of_the_design(propose, algorithm, batch):
    _proposals, context = propose(algorithm=algorithm, population=6)
    seeds = context.configurations
    # A number that was handed out and never begun lies between.
    history = history_of(seeds, rate, over=[0, 1, 2], cut_off=[4])
    proposals, _context = propose(algorithm=algorithm, population=6, history=history)
    agenda = proposals.agenda
    assert [agenda.number(place) for place in range(len(agenda))] == [4, 3, 5, *range(6, 12)]
    configurations = evaluate(proposals, 5, rate, batch)
    assert configurations[:3] == [seeds[4], seeds[3], seeds[5]]
    assert all(suggested not in seeds[:6] for suggested in configurations[3:])


def test_what_is_known_makes_the_model(propose):
    """With results enough, the first suggestion of a resumed search is no random one."""
    _proposals, context = propose(trials=60, population=10)
    history = history_of(context.configurations, rate, over=range(50))
    found = []
    for seed in range(3):
        proposals, _context = propose(trials=60, population=10, history=history, seed=seed)
        found += map(rate, evaluate(proposals, 5, rate))
    known = sorted(map(rate, context.configurations[:50]))
    assert sorted(found)[len(found) // 2] > known[-10]


@pytest.mark.parametrize("algorithm", ["cbo", "regevo"])
def test_failures_of_earlier_sessions_are_told_as_such(propose, algorithm):
    _proposals, context = propose(algorithm=algorithm)
    failed = replace(
        history_of(context.configurations, rate, over=range(6)).trials[0], status="failed"
    )
    whole = history_of(context.configurations, rate, over=range(1, 6)).trials
    proposals, _context = propose(algorithm=algorithm, history=History((failed, *whole)))
    assert len(evaluate(proposals, 6, rate)) == 6


@pytest.mark.parametrize("mode", ["min", "max"])
def test_the_best_of_earlier_sessions_is_the_parent(propose, mode):
    """Evolution with a tournament of nearly all takes the best, in the metric's direction."""
    settings = {"algorithm": "regevo", "mode": mode, "engine": {"sample_size": 3}}
    _proposals, context = propose(**settings)
    history = history_of(context.configurations, rate, over=range(4))
    proposals, _context = propose(**settings, history=history)
    children = evaluate(proposals, 6, lambda _configuration: "F_not_counted")
    order = sorted(context.configurations[:4], key=rate, reverse=mode == "max")
    parents = [
        max(context.configurations[:4], key=lambda parent: shared(parent, child))
        for child in children
    ]
    assert order[-1] not in parents
    assert order[0] in parents


def shared(one, other):
    return sum(one[name] == other[name] or one[name] == pytest.approx(other[name]) for name in one)
