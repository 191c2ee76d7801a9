"""What the benchmarks' tests share."""

import pytest

from benchmarks.conditions import Conditions
from benchmarks.harness_run import run_search
from benchmarks.rows.baseline_ratio import COMPARISONS, search_request


@pytest.fixture
def conditions(tmp_path):
    """Conditions for rows that need no data."""
    return Conditions(data=tmp_path / "none", scratch=tmp_path, rounds=1, quick=True)


@pytest.fixture
def real_conditions(tmp_path, real_data):
    """Conditions for rows that train on CIFAR-10."""
    return Conditions(data=real_data, scratch=tmp_path, rounds=1, quick=True)


@pytest.fixture
def searched(real_conditions):
    """A small random search, run by the command."""
    propulate = next(c for c in COMPARISONS if c.script == "propulate_random")
    return run_search(
        search_request(real_conditions, propulate), real_conditions.scratch / "searched"
    )
