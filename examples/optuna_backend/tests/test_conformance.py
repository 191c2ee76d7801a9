"""The contract that every backend keeps."""

import pytest

from harness.testing import BackendConformance

pytestmark = pytest.mark.slow


class TestOptunaBackend(BackendConformance):
    @pytest.fixture
    def backend(self):
        return "optuna"

    # The kit's own tests resume a search as well.
    @pytest.mark.long
    def test_an_interrupted_search_is_resumed(self, interrupted, algorithms):
        super().test_an_interrupted_search_is_resumed(interrupted, algorithms)
