import pytest


@pytest.fixture(autouse=True)
def installed():
    """Skip where the example is not installed."""
    pytest.importorskip("harness_optuna", reason="pip install -e examples/optuna_backend")
