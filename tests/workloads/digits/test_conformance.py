"""The contract that every workload keeps."""

import pytest

from harness.testing import WorkloadConformance, WorkloadUnderTest

pytestmark = pytest.mark.slow

NARROW = {f"c{stage}": 8 for stage in range(5)}


class TestDigitsWorkload(WorkloadConformance):
    @pytest.fixture
    def workload(self):
        options = {"images": 60, "test_images": 20}
        return WorkloadUnderTest("digits", options=options, config=NARROW)
