"""The contract that every workload keeps."""

import pytest

from harness.testing import WorkloadConformance, WorkloadUnderTest

pytestmark = pytest.mark.slow


class TestImagenetWorkload(WorkloadConformance):
    samples = 4

    @pytest.fixture
    def workload(self, folders):
        options = {"image_size": 32, "width": 0.25, "depth": 10, "batch_size": 8}
        return WorkloadUnderTest("imagenet", options, folders)
