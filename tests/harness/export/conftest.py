import pytest

from harness.export.finished_run import read_finished_run
from harness.load import load_run


@pytest.fixture
def finished(sequential_run):
    """A search whose trials complete, stop at a rung, and fail; and its tables."""
    result = sequential_run(
        algo="asha", trials=8, epochs=6, seed=1, workload_options={"raise_above_lr": 0.1}
    )
    statuses = set(load_run(result.directory).trials["status"])
    assert statuses == {"completed", "stopped", "failed"}
    return read_finished_run(result.directory)
