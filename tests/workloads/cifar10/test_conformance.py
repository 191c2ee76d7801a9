"""The contract that every workload keeps."""

import numpy as np
import pytest

from harness.testing import WorkloadConformance, WorkloadUnderTest

pytestmark = pytest.mark.slow

NARROW = {f"c{stage}": 8 for stage in range(5)}


class TestCifar10Workload(WorkloadConformance):
    @pytest.fixture
    def workload(self, tmp_path, exact_arrays):
        # Ranks are processes of their own: they read a file, and see no patched checksums.
        folder = tmp_path / "data" / "cifar10"
        folder.mkdir(parents=True)
        np.savez(folder / "cifar10-exact-4000.npz", **exact_arrays)
        return WorkloadUnderTest("cifar10", {"batch_size": 8}, folder.parent, NARROW)
