"""Searches on two nodes whose run directory is on a slow file system."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from ctypes.util import find_library
from pathlib import Path

import pytest

from harness.processes.parent import die_with_parent
from tests.nodes.machines import HERE, machines, why_not
from tests.nodes.records import exploits_between_nodes, hosts_that_trained, summary, wait_until

pytestmark = [pytest.mark.nodes, pytest.mark.slow]

DELAY_S = 0.03
ANALYTIC = "harness.testing.workloads:AnalyticWorkload"

pytest.importorskip("mpi4py")


@pytest.fixture(scope="module")
def slow_folder() -> Iterator[Path]:
    """A folder where whatever is asked takes longer."""
    if importlib.util.find_spec("mfusepy") is None or find_library("fuse3") is None:
        pytest.skip("a slow file system needs mfusepy and libfuse")
    if os.geteuid() != 0 or not Path("/dev/fuse").exists():
        pytest.skip("a slow file system needs root and /dev/fuse")
    place = Path(tempfile.mkdtemp(prefix="slow-", dir="/tmp"))
    for name in ("behind", "seen"):
        (place / name).mkdir()
    words = [place / "behind", place / "seen", DELAY_S]
    process = subprocess.Popen(
        [sys.executable, HERE / "slow_folder.py", *map(str, words)],
        preexec_fn=die_with_parent,
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: (place / "seen").is_mount() or process.poll() is not None, str)
    assert process.poll() is None
    yield place / "seen"
    subprocess.run(["umount", "--lazy", place / "seen"], check=True)
    process.wait(60)
    shutil.rmtree(place)


@pytest.mark.parametrize("backend", ["propulate", "deephyper"])
def test_a_search_holds_on_a_slow_file_system(slow_folder, backend):
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    algorithm = {"propulate": "pbt", "deephyper": "asha"}[backend]
    out = slow_folder / backend
    with machines(2, shared=[slow_folder]) as made:
        line = ["--backend", backend, "--algo", algorithm, "--out", out, "--json"]
        line += ["--workload", ANALYTIC, "--set", "workload_options.epoch_s=0.1"]
        line += ["--workers", 3, "--trials", 9, "--epochs", 8]
        code, said = made.nodes[0].run(
            [sys.executable, "-m", "harness", "run", *line],
            {"HARNESS_MPIEXEC": made.mpiexec(2)},
            timeout=280,
        )
        assert code == 0, said
        found = summary(out)
        assert (found["status"], found["failed_trials"]) == ("completed", 0)
        assert hosts_that_trained(out) == {"node1", "node2"}
        if algorithm == "pbt":
            assert exploits_between_nodes(out)
