import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import harness
from harness import RequestError, RunConfig, load_run, run

ROOT = Path(harness.__file__).resolve().parents[1]
CLIENT = """
import pandas as pd
from harness import RunConfig, RunFrames, RunResult, load_run, load_runs, resume, run

config = RunConfig(backend="ray", algo="asha", precision="amp", trials=8)
result: RunResult | None = run(config, "runs/one") or resume("runs/one")
if result is not None:
    frames: RunFrames = load_run(result.directory)
    best: pd.DataFrame = load_runs(["runs"]).trials.nlargest(1, "best_value")
"""
OPTIONS = """
[mypy]
strict = true
follow_imports = silent
# None of them is in a public signature; to read them takes most of the time.
[mypy-torch.*,pyarrow.*,scipy.*,ConfigSpace.*,matplotlib.*,rich.*,typer.*,mpi4py.*,jinja2.*]
follow_imports = skip
"""
WRONG = {
    'RunConfig(trials="many")': "arg-type",
    "run(3)": "arg-type",
    'load_run("runs/one").epoch': "attr-defined",
}


@pytest.mark.slow
@pytest.mark.skipif(find_spec("mypy") is None, reason="mypy is not installed")
def test_a_type_checker_knows_the_public_names(tmp_path):
    (tmp_path / "right.py").write_text(CLIENT)
    (tmp_path / "wrong.py").write_text(CLIENT + "\n".join(WRONG) + "\n")
    (tmp_path / "mypy.ini").write_text(OPTIONS)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={"MYPYPATH": str(ROOT), "MYPY_CACHE_DIR": str(tmp_path / "cache")},
    )
    assert f"Found {len(WRONG)} errors in 1 file" in done.stdout, done.stdout
    for error in WRONG.values():
        assert f"[{error}]" in done.stdout, done.stdout


def test_the_package_says_that_it_is_typed():
    assert (ROOT / "harness" / "py.typed").is_file()


def test_importing_the_package_imports_none_of_its_libraries():
    code = (
        "import sys, harness\n"
        "heavy = {'torch', 'pandas', 'numpy', 'pydantic', 'yaml', 'ConfigSpace'}\n"
        "print(sorted(heavy & set(sys.modules)), 'run' in dir(harness))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] True"


def test_every_public_name_resolves():
    for name in harness.__all__:
        assert getattr(harness, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'rum'"):
        harness.rum  # noqa: B018


@pytest.mark.slow
def test_a_search_from_python_is_the_one_of_the_command_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {
        "backend": "harness.testing.backends:SequentialBackend",
        "workload": "harness.testing.workloads:AnalyticWorkload",
    }
    result = run(RunConfig(**names, algo="asha", trials=4, epochs=3, workers=1), tmp_path / "a")
    options = ["--algo", "asha", "--trials", "4", "--epochs", "3", "--workers", "1", "--out", "b"]
    for name, value in names.items():
        options += [f"--{name}", value]
    subprocess.run(
        [sys.executable, "-m", "harness", "run", *options], check=True, capture_output=True
    )
    ours, theirs = load_run(result.directory), load_run("b")
    for column in ("trial_id", "epoch", "value"):
        assert list(ours.epochs[column]) == list(theirs.epochs[column])


def test_a_wrong_request_raises_and_writes_nothing(tmp_path):
    with pytest.raises(RequestError, match="Did you mean 'ray'"):
        run(RunConfig(backend="rai"), tmp_path / "run")
    assert not (tmp_path / "run").exists()
