"""The smallest backend keeps the contract that every backend keeps.

The engines and the example of a plugin pass the same tests without ``-m long``.
"""

import pytest

from harness.testing import BackendConformance

pytestmark = pytest.mark.long


class TestSequentialBackend(BackendConformance):
    workers = 1

    @pytest.fixture
    def backend(self):
        return "harness.testing.backends:SequentialBackend"
