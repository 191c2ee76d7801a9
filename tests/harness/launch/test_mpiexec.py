from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from harness.errors import RequestError
from harness.launch.mpiexec import find_mpiexec, flavour_of, launch_command


def program(folder: Path, name: str, answer: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{answer}'\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def open_mpi(tmp_path):
    return program(tmp_path / "openmpi", "mpiexec", "mpiexec (Open MPI) 5.0.11")


@pytest.fixture
def mpich(tmp_path):
    return program(tmp_path / "mpich", "mpiexec", "HYDRA build details:")


def own_folder() -> str:
    return str(Path(sys.executable).parent)


def test_the_users_choice_wins_and_may_hold_options(open_mpi, mpich):
    environ = {"HARNESS_MPIEXEC": f"{mpich} -ppn 2", "PATH": str(open_mpi.parent)}
    assert find_mpiexec(environ) == [str(mpich), "-ppn", "2"]


def test_a_choice_that_does_not_exist_is_refused():
    with pytest.raises(RequestError, match="there is no 'no-such-mpiexec'"):
        find_mpiexec({"HARNESS_MPIEXEC": "no-such-mpiexec", "PATH": "/usr/bin"})


def test_the_systems_mpiexec_is_preferred_to_the_environments(open_mpi):
    path = os.pathsep.join([own_folder(), str(open_mpi.parent)])
    assert find_mpiexec({"PATH": path}) == [str(open_mpi)]


def test_the_environments_mpiexec_is_found_without_a_path():
    pytest.importorskip("mpi4py")
    assert find_mpiexec({"PATH": "/nowhere"}) == [str(Path(own_folder()) / "mpiexec")]


def test_none_at_all_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(RequestError, match="pip install"):
        find_mpiexec({"PATH": str(tmp_path)})


def test_flavours(open_mpi, mpich, tmp_path):
    assert flavour_of([str(open_mpi)]) == "openmpi"
    assert flavour_of([str(mpich)]) == "hydra"
    assert flavour_of([str(program(tmp_path, "srun", "slurm 22.05"))]) == "other"
    assert flavour_of([str(tmp_path / "absent")]) == "other"


def test_open_mpi_gets_what_it_needs(open_mpi, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    line, environ = launch_command([str(open_mpi)], 3, ["python", "x"], {"HOME": "/h"})
    assert line[:3] == [str(open_mpi), "-n", "3"]
    assert line[-2:] == ["python", "x"]
    assert {"--oversubscribe", "--bind-to"} <= set(line)
    assert environ["OMPI_ALLOW_RUN_AS_ROOT"] == environ["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] == "1"
    assert environ["OMPI_MCA_btl"] == "self,sm"
    assert environ["HOME"] == "/h"


def test_an_ordinary_user_is_not_called_root(open_mpi, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    _line, environ = launch_command([str(open_mpi)], 3, ["x"], {})
    assert "OMPI_ALLOW_RUN_AS_ROOT" not in environ


def test_networks_stay_available_on_several_nodes(open_mpi):
    _line, environ = launch_command([str(open_mpi)], 3, ["x"], {"SLURM_JOB_NUM_NODES": "2"})
    assert "OMPI_MCA_btl" not in environ
    assert "OMPI_MCA_osc" not in environ


def test_what_the_user_set_for_open_mpi_stays(open_mpi):
    _line, environ = launch_command([str(open_mpi)], 3, ["x"], {"OMPI_MCA_btl": "self,tcp"})
    assert environ["OMPI_MCA_btl"] == "self,tcp"


def test_options_of_the_user_are_the_only_ones(open_mpi):
    line, _environ = launch_command([str(open_mpi), "--bind-to", "core"], 2, ["x"], {})
    assert line == [str(open_mpi), "--bind-to", "core", "-n", "2", "x"]


def test_mpich_gets_no_options_of_open_mpi(mpich):
    line, environ = launch_command([str(mpich)], 2, ["x"], {"PATH": "/bin"})
    assert line == [str(mpich), "-n", "2", "x"]
    assert environ == {"PATH": "/bin"}


def test_traces_of_an_outer_job_are_not_inherited(open_mpi):
    outer = {"PMI_RANK": "0", "PMIX_RANK": "0", "OMPI_COMM_WORLD_SIZE": "1", "SLURM_JOB_ID": "7"}
    _line, environ = launch_command([str(open_mpi)], 2, ["x"], outer)
    assert {"PMI_RANK", "PMIX_RANK", "OMPI_COMM_WORLD_SIZE"}.isdisjoint(environ)
    assert environ["SLURM_JOB_ID"] == "7"
