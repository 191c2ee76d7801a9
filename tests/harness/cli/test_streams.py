"""What the command line says in one line, and to a reader that has gone."""

import subprocess
import sys

import pytest

COMMAND = [sys.executable, "-c", "from harness.cli.main import main; main()"]
SMALL = [
    *["run", "--backend", "harness.testing.backends:SequentialBackend", "--workers", "1"],
    *["--workload", "harness.testing.workloads:AnalyticWorkload", "--trials", "2"],
    *["--epochs", "2", "--set", "threads=1", "--json"],
]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (["run", "--trials", "four"], "--trials"),
        (["run", "--algos", "asha"], "--algo"),
        (["shov"], "shov"),
        (["show"], "(?i)run_dir"),
    ],
)
def test_wrong_usage_is_one_line(wrong, told, capsys, monkeypatch):
    import re

    from harness.cli.main import _end_for_wrong_usage, app

    monkeypatch.setattr(sys, "argv", ["harness", *wrong])
    try:
        app(standalone_mode=False)
    except Exception as error:
        with pytest.raises(SystemExit) as end:
            _end_for_wrong_usage(error)
    assert end.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("harness: ") and said.count("\n") == 1 and "--help" in said
    assert re.search(told, said)


@pytest.mark.slow
@pytest.mark.parametrize("streams", [pytest.param("stdout", marks=pytest.mark.long), "both"])
def test_a_search_whose_reader_has_gone_succeeds(streams, tmp_path):
    out = tmp_path / "run"
    reader = subprocess.Popen(["true"], stdin=subprocess.PIPE)
    reader.wait()
    stderr = reader.stdin if streams == "both" else subprocess.PIPE
    command = [*COMMAND, *SMALL, "--out", str(out)]
    search = subprocess.run(command, stdout=reader.stdin, stderr=stderr, check=False)
    assert search.returncode == 0, search.stderr
    assert (out / "summary.json").exists()
    assert streams == "both" or b"BrokenPipe" not in search.stderr
