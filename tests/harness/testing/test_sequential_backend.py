"""The smallest backend keeps the contract that every backend keeps."""

import pytest

from harness.testing import BackendConformance

pytestmark = pytest.mark.slow


class TestSequentialBackend(BackendConformance):
    workers = 1

    @pytest.fixture
    def backend(self):
        return "harness.testing.backends:SequentialBackend"
