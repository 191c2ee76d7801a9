"""The workloads without a network keep the contract that every workload keeps."""

import pytest

from harness.testing import WorkloadConformance, WorkloadUnderTest

WORKLOADS = "harness.testing.workloads"


class TestAnalyticWorkload(WorkloadConformance):
    @pytest.fixture(params=["AnalyticWorkload", "AnalyticLossWorkload", "ContinuousWorkload"])
    def workload(self, request):
        return WorkloadUnderTest(f"{WORKLOADS}:{request.param}")


class TestNoOpWorkload(WorkloadConformance):
    @pytest.fixture
    def workload(self):
        return WorkloadUnderTest(f"{WORKLOADS}:NoOpWorkload")


class TestWrappedWorkload(WorkloadConformance):
    """A wrapper that strikes nobody is the workload it wraps."""

    @pytest.fixture
    def workload(self):
        return WorkloadUnderTest("harness.testing.faults:FailingWorkload", {"epoch": 1000})
