from __future__ import annotations

from pathlib import Path

from harness.launch.job_memory import job_memory


def test_a_job_has_a_directory_that_goes_with_it(tmp_path):
    memory = tmp_path / "memory"
    memory.mkdir()
    with job_memory(tmp_path / "run", {}, True, memory) as settings:
        (place,) = map(Path, set(settings.values()))
        assert place.parent == memory
        assert place.stat().st_mode & 0o777 == 0o700
        (place / "segment").write_text("of a rank")
    assert list(memory.iterdir()) == []


def test_what_a_killed_launcher_left_goes_when_its_run_is_resumed(tmp_path):
    memory = tmp_path / "memory"
    memory.mkdir()
    killed = job_memory(tmp_path / "run", {}, True, memory)
    (place,) = map(Path, set(killed.__enter__().values()))
    (place / "left-over").write_text("of a rank that was killed")
    with job_memory(tmp_path / "run", {}, True, memory) as settings:
        assert set(settings.values()) == {str(place)}
        assert list(place.iterdir()) == []


def test_a_job_on_several_nodes_keeps_to_open_mpis_own_places(tmp_path):
    with job_memory(tmp_path / "run", {}, False, tmp_path) as settings:
        assert settings == {}


def test_what_the_environment_sets_stays(tmp_path):
    chosen = {"OMPI_MCA_btl_sm_backing_directory": "/elsewhere"}
    with job_memory(tmp_path / "run", chosen, True, tmp_path) as settings:
        assert not set(settings) & set(chosen)
