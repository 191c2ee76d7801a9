"""The smallest backend keeps the contract that every backend keeps."""

import pytest

from harness.testing import BackendConformance

pytestmark = pytest.mark.slow


class TestSequentialBackend(BackendConformance):
    workers = 1

    @pytest.fixture
    def backend(self):
        return "harness.testing.backends:SequentialBackend"

    # The tests of resumes have more cases than the kit.
    @pytest.mark.long
    def test_an_interrupted_search_is_resumed(self, interrupted, algorithms):
        super().test_an_interrupted_search_is_resumed(interrupted, algorithms)
