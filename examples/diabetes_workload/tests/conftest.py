import pytest


@pytest.fixture(autouse=True)
def installed():
    """Skip where the example is not installed."""
    pytest.importorskip("harness_diabetes", reason="pip install -e examples/diabetes_workload")
