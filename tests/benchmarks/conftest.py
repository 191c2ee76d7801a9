"""What the benchmarks' tests share."""

import pytest

from benchmarks.conditions import Conditions
from benchmarks.harness_run import run_search
from benchmarks.rows.baseline_ratio import COMPARISONS, search_request


@pytest.fixture
def conditions(tmp_path, real_data):
    return Conditions(data=real_data, scratch=tmp_path, rounds=1, quick=True)


@pytest.fixture
def searched(conditions):
    """A small random search, run by the command."""
    propulate = next(c for c in COMPARISONS if c.script == "propulate_random")
    return run_search(search_request(conditions, propulate), conditions.scratch / "searched")
