from __future__ import annotations

import os
import subprocess
import sys

from harness.launch.job_mark import job_mark, kill_marked

NAP = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]


def start(mark):
    process = subprocess.Popen(NAP, env={**os.environ, **mark}, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"up\n"
    return process


def test_only_the_processes_of_the_job_are_killed():
    mine, other = job_mark(), job_mark()
    marked, stranger = start(mine), start(other)
    try:
        kill_marked(mine, 10.0)
        assert marked.wait(60.0) < 0
        assert stranger.poll() is None
    finally:
        kill_marked(other, 10.0)
        marked.wait()
        stranger.wait()
