from __future__ import annotations

import pytest

from harness.launch.environment import (
    inside_mpi_job,
    local_rank_of,
    nodes_of_job,
    rank_of,
    size_of,
    spans_nodes,
)

OPEN_MPI = {
    "OMPI_COMM_WORLD_SIZE": "4",
    "OMPI_COMM_WORLD_RANK": "3",
    "OMPI_COMM_WORLD_LOCAL_RANK": "1",
    "PMIX_RANK": "3",
}
HYDRA = {"PMI_SIZE": "4", "PMI_RANK": "3", "MPI_LOCALRANKID": "1"}
SLURM_STEP = {
    "SLURM_STEP_NUM_TASKS": "4",
    "SLURM_NTASKS": "4",
    "SLURM_PROCID": "3",
    "SLURM_LOCALID": "1",
}


@pytest.mark.parametrize("environ", [OPEN_MPI, HYDRA, SLURM_STEP])
def test_a_rank_knows_its_place(environ):
    assert inside_mpi_job(environ)
    assert (rank_of(environ), size_of(environ), local_rank_of(environ)) == (3, 4, 1)


@pytest.mark.parametrize(
    "environ",
    [
        {},
        # A batch script, before any srun.
        {"SLURM_NTASKS": "4", "SLURM_PROCID": "0", "SLURM_LOCALID": "0"},
        # An interactive shell, which is a step of one task.
        {"SLURM_STEP_NUM_TASKS": "1", "SLURM_NTASKS": "4", "SLURM_PROCID": "0"},
        {"SLURM_STEP_NUM_TASKS": "1", "PMIX_RANK": "0"},
        {"SLURM_STEP_NUM_TASKS": "1", "PMI_RANK": "0", "PMI_SIZE": "1"},
    ],
)
def test_a_process_that_nobody_launched_is_alone(environ):
    assert not inside_mpi_job(environ)
    assert (rank_of(environ), size_of(environ), local_rank_of(environ)) == (0, 1, 0)


def test_ranks_of_mpiexec_inside_a_slurm_step_of_one_task():
    environ = {"SLURM_STEP_NUM_TASKS": "1", "SLURM_PROCID": "0", **OPEN_MPI}
    assert inside_mpi_job(environ)
    assert rank_of(environ) == 3


def test_one_rank_under_mpiexec_is_a_job():
    assert inside_mpi_job({"OMPI_COMM_WORLD_SIZE": "1", "OMPI_COMM_WORLD_RANK": "0"})


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


@pytest.mark.parametrize(
    ("launcher", "expected"),
    [
        ("mpiexec", 1),
        ("mpiexec --bind-to none", 1),
        ("mpiexec --host a:2,b:2 --bind-to none", 2),
        ("mpirun -H a,a,b,c", 3),
        ("mpiexec -hosts=a,b", 2),
        ("mpiexec --hostfile FILE", 2),
        ("mpiexec -f FILE", 2),
        ("mpiexec --hostfile absent", 1),
    ],
)
def test_nodes_that_the_users_launcher_names(tmp_path, launcher, expected):
    file = tmp_path / "hosts"
    file.write_text("# two hosts\na slots=4\nb:4\n\na slots=2\n")
    environ = {"HARNESS_MPIEXEC": launcher.replace("FILE", str(file))}
    assert nodes_of_job(environ) == expected
