from __future__ import annotations

import pytest

from harness.mpi.environment import nodes_of_job
from harness.mpi.open_mpi import ONE_NODE_SETTINGS, settle_before_mpi_starts, spans_nodes


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, 1),
        ({"SLURM_JOB_NUM_NODES": "1"}, 1),
        ({"SLURM_JOB_NUM_NODES": "2"}, 2),
        ({"SLURM_NNODES": "16"}, 16),
        # A shell in an allocation of two nodes is a step on one of them.
        (
            {
                "SLURM_STEP_NUM_TASKS": "1",
                "SLURM_STEP_NUM_NODES": "1",
                "SLURM_JOB_NUM_NODES": "2",
            },
            2,
        ),
        (
            {
                "SLURM_STEP_NUM_TASKS": "2",
                "SLURM_STEP_NUM_NODES": "1",
                "SLURM_JOB_NUM_NODES": "2",
            },
            1,
        ),
        ({"LSB_HOSTS": "a a"}, 1),
        ({"LSB_HOSTS": "a b"}, 2),
        ({"OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_LOCAL_SIZE": "4"}, 1),
        ({"OMPI_COMM_WORLD_SIZE": "9", "OMPI_COMM_WORLD_LOCAL_SIZE": "4"}, 3),
    ],
)
def test_nodes_of_a_job(environ, expected):
    assert nodes_of_job(environ) == expected
    assert spans_nodes(environ) is (expected > 1)


def test_nodes_of_a_file_of_hosts(tmp_path):
    nodefile = tmp_path / "nodes"
    nodefile.write_text("a\na\nb\n")
    assert spans_nodes({"PBS_NODEFILE": str(nodefile)})
    assert not spans_nodes({"PBS_NODEFILE": str(tmp_path / "absent")})


def test_what_is_set_already_stays():
    environ = {"OMPI_MCA_btl": "self,tcp"}
    settle_before_mpi_starts(environ)
    assert environ == {**ONE_NODE_SETTINGS, "OMPI_MCA_btl": "self,tcp"}


def test_a_job_on_several_nodes_is_left_alone():
    environ = {"SLURM_JOB_NUM_NODES": "2"}
    settle_before_mpi_starts(environ)
    assert environ == {"SLURM_JOB_NUM_NODES": "2"}
