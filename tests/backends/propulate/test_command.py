"""The command itself, as a user types it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import psutil
import pytest

from harness.launch.mpiexec import find_mpiexec, launch_command
from harness.launch.rank_report import read_reports

pytestmark = pytest.mark.slow

HARNESS = [sys.executable, "-c", "from harness.cli.main import main; main()"]


def request(out: Path, algorithm: str, epoch_s: float) -> list[str]:
    return [
        *["run", "--backend", "propulate", "--algo", algorithm, "--out", str(out), "--json"],
        *["--workload", "harness.testing.workloads:AnalyticWorkload", "--trials", "9"],
        *["--set", f"workload_options.epoch_s={epoch_s}"],
    ]


def epochs_so_far(out: Path) -> int:
    files = (out / "events").glob("*.jsonl")
    return sum(file.read_text().count('"event":"epoch"') for file in files)


@pytest.mark.long
@pytest.mark.parametrize("algorithm", ["pbt", "rand"])
def test_a_killed_rank_ends_the_command_and_leaves_the_records(tmp_path, algorithm):
    out = tmp_path / "run"
    line = [*HARNESS, *request(out, algorithm, epoch_s=0.3), "--workers", "3", "--max-retries", "0"]
    with subprocess.Popen(line, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        deadline = time.monotonic() + 120
        while epochs_so_far(out) < 4 and run.poll() is None and time.monotonic() < deadline:
            time.sleep(0.2)
        before = epochs_so_far(out)
        reports = read_reports(out)
        os.kill(reports[1].pid, signal.SIGKILL)
        _stdout, stderr = run.communicate(timeout=60)
    assert run.returncode == 1
    assert "Rank 1 was killed by SIGKILL." in stderr
    assert not [r.rank for r in reports if psutil.pid_exists(r.pid) and r.is_alive_here()]
    assert len(pd.read_parquet(out / "epochs.parquet")) >= before >= 4


@pytest.mark.long
def test_inside_an_mpi_job_its_ranks_are_used(tmp_path):
    out = tmp_path / "run"
    command = [*HARNESS, *request(out, "asha", epoch_s=0.0)]
    line, environ = launch_command(find_mpiexec(os.environ), 3, command, os.environ)
    answer = subprocess.run(
        line, env=environ, capture_output=True, text=True, timeout=180, check=False
    )
    assert answer.returncode == 0, answer.stderr
    summary = json.loads(answer.stdout)
    assert summary["workers"] == 3
    assert summary["trials"] == 9
