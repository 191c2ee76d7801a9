from __future__ import annotations

import subprocess
import sys

import pytest
from ConfigSpace import Categorical, ConfigurationSpace, Float

from backends.propulate.backend import PropulateBackend
from harness.config import RunConfig
from harness.errors import RequestError
from harness.machine.hardware import detect_hardware
from harness.search.resolve import resolve

ANALYTIC = "harness.testing.workloads:AnalyticWorkload"
CONTINUOUS = "harness.testing.workloads:ContinuousWorkload"


def resolved(**settings):
    request = {"backend": "propulate", "workload": CONTINUOUS, "workers": 2, "trials": 8}
    return resolve(RunConfig(**{**request, **settings}), detect_hardware(), {})


def test_importing_the_backend_imports_no_engine():
    code = (
        "import sys, backends.propulate.backend\n"
        "print(sorted({'propulate', 'mpi4py', 'torch', 'GPy'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert answer.stdout.strip() == "[]", answer.stderr


@pytest.mark.parametrize("algorithm", PropulateBackend.algorithms)
def test_every_algorithm_takes_a_continuous_space(algorithm):
    assert resolved(algo=algorithm).warnings == ()


def test_two_values_have_no_order_to_get_wrong():
    assert resolved(algo="pso", workload=ANALYTIC).warnings == ()


def test_an_inexpressible_space_is_refused():
    space = ConfigurationSpace()
    space.add(Categorical("kind", ["a", "b", "c"]), Float("x", (0.0, 1.0)))
    backend = PropulateBackend()
    for algorithm in ("pso", "cmaes", "nelder-mead"):
        with pytest.raises(RequestError, match="'kind'"):
            backend.check(resolved(algo=algorithm).spec, space)
    assert backend.check(resolved(algo="ga").spec, space) == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"algo": "ga", "engine": {"islands": 3}}, "islands=3 needs as many workers"),
        ({"algo": "pso", "engine": {"cognitive": 1.0}}, "above 4"),
        ({"algo": "ga", "engine": {"iland": 3}}, "islands"),
        ({"algo": "ga", "engine": {"migration_probability": 1.5}}, "migration_probability"),
        ({"algo": "bohb"}, "ray"),
    ],
)
def test_what_cannot_be_run_is_refused_with_a_reason(settings, message):
    with pytest.raises(RequestError, match=message):
        resolved(**settings)


def test_a_population_of_one_is_warned_about():
    assert any("nobody to exploit" in w for w in resolved(algo="pbt", trials=1).warnings)
