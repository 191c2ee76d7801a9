"""Commands where the terminal is not UTF-8; files are UTF-8 everywhere."""

import json
import os
import subprocess
import sys

import pytest

COMMANDS = """
import os
import sys
import harness.console.doctor
from harness.cli.main import main
harness.console.doctor.measure_ceilings = lambda *_measured: []
for line in map(os.fsdecode, sys.stdin.buffer.read().splitlines()):
    sys.argv = ["harness", *line.split()]
    try:
        main()
    except SystemExit as end:
        assert end.code in (0, None), (line, end.code)
print("ALL DONE", flush=True)
"""
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
LATIN = {"PYTHONIOENCODING": "latin-1"}
SMALL = (
    "--backend harness.testing.backends:SequentialBackend --workers 1 --trials 2 --epochs 2 "
    "--workload harness.testing.workloads:AnalyticWorkload --set threads=1"
)


@pytest.mark.slow
@pytest.mark.parametrize("locale", [ASCII, pytest.param(LATIN, marks=pytest.mark.long)])
def test_every_command_shows_what_the_terminal_can(locale, tmp_path):
    runs = [tmp_path / "größe", tmp_path / "b"]
    lines = [f"run {SMALL} --algo asha --out {run}" for run in runs]
    lines += [f"show {runs[0]} --picture {tmp_path / 'ü.png'}", "list", "doctor"]
    lines += [f"compare {runs[0]} {runs[1]}", f"report {tmp_path} --out {tmp_path / 'report'}"]
    answer = subprocess.run(
        [sys.executable, "-c", COMMANDS],
        input="\n".join(lines).encode(),
        env={**os.environ, **locale},
        capture_output=True,
        check=False,
    )
    assert b"ALL DONE" in answer.stdout, answer.stderr.decode(errors="replace")
    # The bars of the ledger.
    assert b" ####" in answer.stdout and "█".encode() not in answer.stdout
    assert json.loads((runs[0] / "summary.json").read_text(encoding="utf-8"))["run_id"] == "größe"
    assert "</html>" in (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
