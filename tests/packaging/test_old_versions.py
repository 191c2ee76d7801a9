"""The set of versions under Propulate's own pins, with NumPy 1, runs searches as well."""

import json
import subprocess
import sys

import pytest

SEARCHES = (("propulate", "ga"), ("deephyper", "cbo"), ("ray", "bohb"))


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="these versions are for Python 3.11")
def test_searches_run_with_numpy_1(root, tmp_path):
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    install = [str(python), "-m", "pip", "install", "--quiet"]
    constraints = str(root / "constraints-numpy1.txt")
    done = subprocess.run(
        [*install, "-c", constraints, f"{root}[ray,deephyper,propulate]"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    small = ["--epochs", "2", "--trials", "4", "--workers", "2", "--json"]
    small += ["--set", "workload_options.images=60"]
    for backend, algo in SEARCHES:
        options = [*small]
        if algo == "bohb":
            options += ["--set", "reduction_factor=2"]
        done = subprocess.run(
            [str(python), "-m", "harness", "run", "--backend", backend, "--algo", algo, *options],
            capture_output=True,
            text=True,
            cwd=tmp_path,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        assert json.loads(done.stdout)["status"] == "completed"
    version = [str(python), "-c", "import numpy; print(numpy.__version__)"]
    assert subprocess.check_output(version, text=True).startswith("1.26")
