"""The contract that every workload keeps."""

import pytest

from harness.testing import WorkloadConformance, WorkloadUnderTest

pytestmark = pytest.mark.slow


class TestDiabetesWorkload(WorkloadConformance):
    @pytest.fixture
    def workload(self):
        return WorkloadUnderTest("diabetes", config={"width": 16, "layers": 1})
