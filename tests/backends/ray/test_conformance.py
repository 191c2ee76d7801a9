"""The contract that every backend keeps.

Each search starts a cluster of its own. So three of the five algorithms are searched
with on one cluster, in `test_searches`, and by the kit in the long tests.
"""

import pytest

from harness.plugins.loading import load_backend
from harness.testing import BackendConformance

pytestmark = pytest.mark.slow


class TestRayBackend(BackendConformance):
    searched = ("rand", "asha")

    @pytest.fixture
    def backend(self):
        return "ray"

    @pytest.fixture
    def algorithms(self, backend):
        declared = load_backend(backend).algorithms
        return {name: declared[name] for name in self.searched}

    # The tests of resumes have more cases than the kit.
    @pytest.mark.long
    def test_an_interrupted_search_is_resumed(self, interrupted, algorithms):
        super().test_an_interrupted_search_is_resumed(interrupted, algorithms)


@pytest.mark.long
class TestFurtherAlgorithms(TestRayBackend):
    searched = ("bohb", "pbt", "pb2")
