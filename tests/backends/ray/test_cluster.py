"""What our own Ray cluster is started with."""

import ray

from backends.ray import cluster
from backends.ray.options import RayOptions
from harness.machine.hardware import usable_cores


def test_processes_that_outnumber_the_cores_have_longer_to_come_up(tmp_path, monkeypatch):
    given = {}
    monkeypatch.setattr(ray, "init", lambda **arguments: given.update(arguments))
    allowed = []
    for processes in (1, 8 * usable_cores()):
        cluster._start(RayOptions(), processes, tmp_path)
        allowed.append(given["_system_config"]["worker_register_timeout_seconds"])
    assert allowed[1] == 8 * allowed[0]
