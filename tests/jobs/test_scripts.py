"""The job scripts without Slurm: syntax, what they name, and the local one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

JOBS = Path(__file__).resolve().parents[2] / "jobs"
SCRIPTS = sorted([*JOBS.glob("*.sh"), *JOBS.glob("sites/*.sh")])
COMMANDS = [script for script in SCRIPTS if script.read_text().startswith("#!")]


def names(scripts):
    return [pytest.param(script, id=script.name) for script in scripts]


@pytest.mark.parametrize("script", names(SCRIPTS))
def test_a_script_is_bash(script):
    subprocess.run(["bash", "-n", script], check=True)


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="no shellcheck here")
@pytest.mark.parametrize("script", names(SCRIPTS))
def test_a_script_passes_shellcheck(script):
    done = subprocess.run(
        ["shellcheck", "-x", script.relative_to(JOBS.parent)],
        cwd=JOBS.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("script", names(COMMANDS))
def test_a_command_can_be_executed_and_stops_at_errors(script):
    assert os.access(script, os.X_OK)
    assert "set -euo pipefail" in script.read_text()


def test_the_readme_names_every_command():
    readme = (JOBS / "README.md").read_text()
    assert [script.name for script in COMMANDS if f"`{script.name}`" not in readme] == []


@pytest.mark.parametrize("arguments", [(), ("study.yaml",)])
def test_a_missing_argument_is_told(arguments):
    done = subprocess.run(
        [JOBS / "local.sh", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "give the" in done.stderr


@pytest.mark.slow
def test_the_local_script_runs_a_study_and_reports(tmp_path):
    study = {
        "grid": {"seed": [0]},
        "settings": {
            "backend": "harness.testing.backends:SequentialBackend",
            "workload": "harness.testing.workloads:AnalyticWorkload",
            "workers": 1,
            "trials": 2,
            "epochs": 2,
        },
    }
    (tmp_path / "one.yaml").write_text(yaml.safe_dump(study))
    done = subprocess.run(
        [JOBS / "local.sh", "one.yaml", "out"],
        cwd=tmp_path,
        env={**os.environ, "HARNESS_PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert any((tmp_path / "out" / "report").iterdir())


@pytest.mark.slow
@pytest.mark.long
def test_a_time_limit_interrupts_the_local_study(tmp_path):
    study = {
        "grid": {"seed": [0]},
        "settings": {
            "backend": "harness.testing.backends:SequentialBackend",
            "workload": "harness.testing.workloads:AnalyticWorkload",
            "workers": 1,
            "workload_options": {"epoch_s": 5},
        },
    }
    (tmp_path / "one.yaml").write_text(yaml.safe_dump(study))
    done = subprocess.run(
        [JOBS / "local.sh", "one.yaml", "out"],
        cwd=tmp_path,
        env={**os.environ, "HARNESS_PYTHON": sys.executable, "TIME_LIMIT": "15"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 130, done.stderr
    assert "Interrupted; 1 cell left" in done.stderr
