"""The contract that every workload keeps."""

import pytest

from harness.testing import WorkloadConformance, WorkloadUnderTest

pytestmark = pytest.mark.slow


class TestCfdWorkload(WorkloadConformance):
    @pytest.fixture
    def workload(self):
        flow = {"snapshots": 4, "shape": [12, 6, 16]}
        return WorkloadUnderTest("cfd", options={"synthetic": flow, "batch_size": 6})
