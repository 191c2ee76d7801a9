import sys
from dataclasses import dataclass

import pytest

from harness.cli.main import main


@dataclass(frozen=True)
class Outcome:
    exit_code: int
    out: str
    err: str


@pytest.fixture
def harness(monkeypatch, capsys, tmp_path):
    """Runs the console command in this process, in an empty directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HARNESS_DATA", raising=False)
    monkeypatch.setenv("COLUMNS", "160")

    def invoke(*arguments):
        monkeypatch.setattr(sys, "argv", ["harness", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return Outcome(ended.value.code or 0, captured.out, captured.err)

    return invoke


@pytest.fixture
def harness_run(harness):
    """Runs ``harness run`` with the backend and the workload that need nothing."""

    def invoke(*arguments):
        return harness(
            "run",
            "--backend",
            "harness.testing.backends:SequentialBackend",
            "--workload",
            "harness.testing.workloads:AnalyticWorkload",
            *arguments,
        )

    return invoke
