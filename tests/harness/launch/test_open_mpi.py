from __future__ import annotations

from harness.launch.open_mpi import ONE_NODE_SETTINGS, settle_before_mpi_starts


def test_what_is_set_already_stays():
    environ = {"OMPI_MCA_btl": "self,tcp"}
    settle_before_mpi_starts(environ)
    assert environ == {**ONE_NODE_SETTINGS, "OMPI_MCA_btl": "self,tcp"}


def test_a_job_on_several_nodes_is_left_alone():
    environ = {"SLURM_JOB_NUM_NODES": "2"}
    settle_before_mpi_starts(environ)
    assert environ == {"SLURM_JOB_NUM_NODES": "2"}
