"""What a process imports for a workload: little to check a search, everything to train."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

CHECK = """
import sys
from pathlib import Path
from harness.plugins.loading import load_workload

workload = load_workload(sys.argv[1], {})
workload.space()
if len(sys.argv) > 2:
    workload.check_data(Path(sys.argv[2]))
print(*sorted({"torch", "torchvision", "pandas"} & set(sys.modules)))
"""

TRAIN = """
import sys
from harness.plugins.loading import load_workload_class

load_workload_class(sys.argv[1]).import_training_modules()
print(*sorted({"torch", "harness.training.supervised"} & set(sys.modules)))
"""


def printed(script, *arguments):
    command = [sys.executable, "-c", script, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.split()


@pytest.mark.parametrize("name", ["digits", "cifar10", "imagenet", "cfd"])
def test_a_workload_is_declared_without_torch(name):
    assert printed(CHECK, name) == []


@pytest.mark.parametrize("name", ["cifar10", "cfd"])
def test_real_data_are_checked_without_torch(name, real_data):
    assert printed(CHECK, name, real_data) == []


@pytest.mark.parametrize(
    "name",
    ["digits", "cfd", *(pytest.param(n, marks=pytest.mark.long) for n in ("cifar10", "imagenet"))],
)
def test_what_a_training_needs_can_be_imported_in_advance(name):
    assert printed(TRAIN, name) == ["harness.training.supervised", "torch"]
