import subprocess
import sys

import pytest
from ConfigSpace import (
    CategoricalHyperparameter,
    ConfigurationSpace,
    Constant,
    Float,
    ForbiddenEqualsClause,
    NormalFloatHyperparameter,
)
from pydantic import ValidationError

from backends.deephyper.backend import DeepHyperBackend
from backends.deephyper.options import DeepHyperOptions
from harness.errors import RequestError
from harness.testing.workloads import AnalyticWorkload


@pytest.fixture
def space():
    return AnalyticWorkload().space()


@pytest.fixture
def backend():
    return DeepHyperBackend()


def forbid(space):
    space.add(ForbiddenEqualsClause(space["activation"], "tanh"))
    return space


def test_an_ordinary_search_is_accepted_without_a_warning(backend, space, specify):
    for algorithm in backend.algorithms:
        assert backend.check(specify(algorithm=algorithm), space) == []


def test_a_trial_of_several_ranks_needs_as_many_and_a_master(backend, specify):
    assert backend.ranks(specify(workers=2, ranks_per_trial=3)) == 7
    assert backend.workers_of(7, 3) == 2


@pytest.mark.parametrize("algorithm", ["rand", "asha"])
def test_random_search_takes_any_space(backend, algorithm, specify):
    space = ConfigurationSpace()
    space.add(Constant("depth", 3))
    assert backend.check(specify(algorithm=algorithm), space) == []


@pytest.mark.parametrize("algorithm", ["cbo", "regevo"])
def test_a_space_without_a_choice_is_refused(backend, algorithm, specify):
    space = ConfigurationSpace()
    space.add(Constant("depth", 3), CategoricalHyperparameter("activation", ["relu"]))
    with pytest.raises(RequestError, match="nothing to choose"):
        backend.check(specify(algorithm=algorithm), space)


def test_forbidden_clauses_need_the_sampling_optimizer(backend, space, specify):
    assert backend.check(specify(), forbid(space)) == []
    for optimizer in ("mixedga", "ga"):
        with pytest.raises(RequestError, match="forbidden clauses"):
            backend.check(specify(engine={"acq_optimizer": optimizer}), space)


def test_evolution_refuses_forbidden_clauses(backend, space, specify):
    with pytest.raises(RequestError, match="--algo cbo"):
        backend.check(specify(algorithm="regevo"), forbid(space))


def test_evolution_needs_two_members(backend, space, specify):
    with pytest.raises(RequestError, match="population"):
        backend.check(specify(algorithm="regevo", population=1), space)


@pytest.mark.parametrize("algorithm", ["cbo", "cbo-asha", "regevo"])
def test_a_search_that_ends_with_its_initial_design_warns(backend, space, algorithm, specify):
    warnings = backend.check(specify(algorithm=algorithm, trials=4), space)
    assert len(warnings) == 1
    assert "random search" in warnings[0]


def test_a_distribution_that_deephyper_ignores_warns(backend, specify):
    space = ConfigurationSpace()
    space.add(
        Float("lr", (1e-4, 1.0), log=True),
        NormalFloatHyperparameter("shift", mu=0.0, sigma=1.0, lower=-3.0, upper=3.0),
    )
    assert [("shift" in warning) for warning in backend.check(specify(), space)] == [True]


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_the_master_is_one_more_rank(backend, specify, workers):
    spec = specify(workers=workers)
    assert backend.ranks(spec) == workers + 1
    assert backend.workers_of(workers + 1, 1) == workers


def test_a_single_rank_makes_no_worker(backend):
    assert backend.workers_of(1, 1) == 0
    assert backend.workers_of(0, 1) == 0


def test_a_gaussian_process_cannot_leave_out_the_noise():
    with pytest.raises(ValidationError, match="acq_func 'UCB'"):
        DeepHyperOptions(surrogate_model="GP")
    assert DeepHyperOptions(surrogate_model="GP", acq_func="EI").acq_func == "EI"


@pytest.mark.parametrize(
    "option",
    [{"surrogate_model": "GBRT"}, {"n_points": 0}, {"acq_optimizer": "lbfgs"}, {"kappa": 2}],
)
def test_an_option_that_deephyper_fails_on_is_refused(option):
    with pytest.raises(ValidationError):
        DeepHyperOptions.model_validate(option)


def loaded_modules(statement):
    program = f"import sys, mpi4py; mpi4py.rc.initialize = False\n{statement}\nprint(*sys.modules)"
    output = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    return set(output.stdout.split())


def test_the_backend_is_imported_without_its_engine():
    modules = loaded_modules(
        "from backends.deephyper.backend import DeepHyperBackend; DeepHyperBackend()"
    )
    assert modules.isdisjoint({"deephyper", "mpi4py.MPI", "torch"})


def test_a_worker_does_not_import_deephyper():
    pytest.importorskip("mpi4py")
    assert "deephyper" not in loaded_modules("import backends.deephyper.worker")
