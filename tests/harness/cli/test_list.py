import json
import os
import subprocess
import sys
import time
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from harness.plugins import entries as plugin_entries

CONSOLE_SCRIPT = Path(sys.executable).with_name("harness")


@pytest.mark.parametrize("what", ["backends", "algorithms", "workloads"])
def test_list_prints_what_is_asked_for(harness, what):
    outcome = harness("list", what)
    assert outcome.exit_code == 0
    assert what in outcome.out


def test_list_names_who_has_which_algorithm(harness):
    out = harness("list", "algorithms").out
    assert "pbt" in out and "PopulationBasedTraining" in out


def test_listing_imports_no_engine():
    code = (
        "import sys; from harness.plugins.loading import BACKENDS, load_backend, plugin_names\n"
        "for name in plugin_names(BACKENDS): load_backend(name)\n"
        "print([m for m in ('ray','deephyper','propulate','mpi4py','torch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_takes_half_a_second_at_most():
    def seconds():
        begin = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "harness.cli.main", "--help"], capture_output=True, check=True
        )
        return time.perf_counter() - begin

    assert min(seconds() for _ in range(3)) <= 0.5


def test_list_as_json_holds_what_a_run_can_name(harness):
    found = json.loads(harness("list", "--json").out)
    assert found["backends"]["ray"]["algorithms"]["pbt"]["mutates"]
    assert "ray" in found["algorithms"]["rand"] and "propulate" in found["algorithms"]["rand"]
    digits = found["workloads"]["digits"]
    assert digits["metric"] == {"name": "accuracy", "mode": "max"}
    assert "lr" in [entry["name"] for entry in digits["space"]["hyperparameters"]]
    assert json.loads(harness("list", "workloads", "--json").out) == found["workloads"]


def test_a_plugin_that_does_not_load_is_an_error_beside_the_others(harness, monkeypatch):
    real = plugin_entries.entry_points
    broken = EntryPoint("broken", "no.such.module:Backend", plugin_entries.BACKENDS)

    def with_a_broken_one(group):
        return [*real(group=group), *([broken] if group == broken.group else [])]

    monkeypatch.setattr(plugin_entries, "entry_points", with_a_broken_one)
    found = json.loads(harness("list", "backends", "--json").out)
    assert list(found["broken"]) == ["error"] and "does not import" in found["broken"]["error"]
    assert found["ray"]["engine"] == "ray"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_is_printed_for_each_shell(shell):
    done = subprocess.run(
        [CONSOLE_SCRIPT],
        env={**os.environ, "_HARNESS_COMPLETE": f"source_{shell}"},
        capture_output=True,
        text=True,
    )
    assert "_HARNESS_COMPLETE" in done.stdout and "harness" in done.stdout


def test_a_shell_completes_commands():
    done = subprocess.run(
        [CONSOLE_SCRIPT],
        env={
            **os.environ,
            "_HARNESS_COMPLETE": "complete_bash",
            "COMP_WORDS": "harness re",
            "COMP_CWORD": "1",
        },
        capture_output=True,
        text=True,
    )
    assert "report" in done.stdout.split()
