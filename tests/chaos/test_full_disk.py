import os
import subprocess
import sys

import pytest

from harness.records.directory import RunDirectory
from tests.chaos.invariants import violations
from tests.chaos.storm import Case

SEQUENTIAL = "harness.testing.backends:SequentialBackend"


@pytest.fixture
def small_disk(tmp_path):
    """A file system of two megabytes; it can grow."""
    mount = tmp_path / "disk"
    mount.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(mount)], capture_output=True
    )
    if made.returncode != 0:
        pytest.skip("this needs the right to mount a small file system")
    yield mount
    subprocess.run(["umount", "-l", str(mount)], check=True)


def command(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "harness", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "backend",
    [
        SEQUENTIAL,
        *(pytest.param(name, marks=pytest.mark.long) for name in ("propulate", "deephyper", "ray")),
    ],
)
def test_a_full_disk_ends_the_search_and_room_lets_it_go_on(small_disk, backend):
    case = Case(backend, "rand", trials=4, epochs=4, workers=1, epoch_s=0.0)
    out = small_disk / "run"
    ended = command("run", *case.arguments(out), "--set", "workload_options.state_bytes=700000")
    assert ended.returncode == 1, ended.stderr
    assert "full" in ended.stderr and f"harness resume {out}" in ended.stderr
    assert "Traceback" not in ended.stderr
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    resumed = command("resume", out)
    assert resumed.returncode == 0, resumed.stderr
    assert list(violations(case, RunDirectory(out), None)) == []


@pytest.mark.slow
def test_the_writer_needs_no_room_to_say_that_there_is_none(small_disk):
    (small_disk / "ballast").write_bytes(os.urandom(2 * 2**20 - 4096))
    ended = command("run", *Case(SEQUENTIAL, "rand").arguments(small_disk / "run"))
    assert ended.returncode in {1, 2}
    assert "Traceback" not in ended.stderr
