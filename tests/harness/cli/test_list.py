import subprocess
import sys
import time

import pytest


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
        "import sys; from harness.plugins import *\n"
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
