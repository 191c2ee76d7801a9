"""The contract that every backend keeps."""

import pytest

from harness.testing import BackendConformance

pytestmark = pytest.mark.slow


class TestOptunaBackend(BackendConformance):
    @pytest.fixture
    def backend(self):
        return "optuna"
