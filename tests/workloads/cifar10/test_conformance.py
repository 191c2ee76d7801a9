"""The contract that every workload keeps."""

import pytest

from harness.testing import WorkloadConformance, WorkloadUnderTest

NARROW = {f"c{stage}": 8 for stage in range(5)}


class TestCifar10Workload(WorkloadConformance):
    @pytest.fixture
    def workload(self, official_files):
        options = {"batch_size": 8}
        return WorkloadUnderTest("cifar10", options, official_files.parent, NARROW)
