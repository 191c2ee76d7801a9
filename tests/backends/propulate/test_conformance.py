"""The contract that every backend keeps."""

import pytest

from harness.testing import BackendConformance

pytestmark = pytest.mark.slow


class TestPropulateBackend(BackendConformance):
    @pytest.fixture
    def backend(self):
        return "propulate"

    # The tests of resumes have more cases than the kit.
    @pytest.mark.long
    def test_an_interrupted_search_is_resumed(self, interrupted, algorithms):
        super().test_an_interrupted_search_is_resumed(interrupted, algorithms)
