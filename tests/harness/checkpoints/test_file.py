import dataclasses
import errno
import pickle
from pathlib import Path

import pytest
import torch

from harness.checkpoints.file import (
    Checkpoint,
    DamagedCheckpoint,
    is_whole,
    link_checkpoint,
    read_checkpoint,
    snapshot,
    write_checkpoint,
)

CHECKPOINT = Checkpoint("t0", 3, {"lr": 0.1}, 0.5, 2, {"weights": torch.arange(4.0), "step": 7})


def test_a_checkpoint_is_read_back(tmp_path):
    path = tmp_path / "deep" / "state.pt"
    write_checkpoint(CHECKPOINT, path)
    read = read_checkpoint(path)
    assert (read.trial_id, read.epoch, read.config) == ("t0", 3, {"lr": 0.1})
    assert torch.equal(read.training["weights"], torch.arange(4.0))


def test_nothing_but_the_checkpoint_is_left_beside_it(tmp_path):
    write_checkpoint(CHECKPOINT, tmp_path / "state.pt")
    assert [path.name for path in tmp_path.iterdir()] == ["state.pt"]


def test_reading_executes_no_code(tmp_path):
    class Hostile:
        def __reduce__(self):
            return (print, ("executed",))

    path = tmp_path / "state.pt"
    write_checkpoint(dataclasses.replace(CHECKPOINT, training={"weights": Hostile()}), path)
    with pytest.raises(pickle.UnpicklingError):
        read_checkpoint(path)


@pytest.mark.parametrize("cut", [0, 10, 500])
def test_a_cut_off_checkpoint_is_recognised(tmp_path, cut):
    path = tmp_path / "state.pt"
    write_checkpoint(CHECKPOINT, path)
    path.write_bytes(path.read_bytes()[:cut])
    assert not is_whole(path)
    with pytest.raises(DamagedCheckpoint, match="cut off"):
        read_checkpoint(path)


def test_one_altered_byte_is_recognised(tmp_path):
    path = tmp_path / "state.pt"
    write_checkpoint(CHECKPOINT, path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(DamagedCheckpoint, match="checksum"):
        read_checkpoint(path)


def test_a_file_system_that_is_full_leaves_the_old_checkpoint(tmp_path, monkeypatch):
    path = tmp_path / "state.pt"
    write_checkpoint(CHECKPOINT, path)
    before = path.read_bytes()

    def full(self, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("harness.checkpoints.file._DigestedFile.write", full)
    with pytest.raises(OSError, match="No space left"):
        write_checkpoint(dataclasses.replace(CHECKPOINT, epoch=4), path)
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == ["state.pt"]


def test_a_second_name_keeps_its_content_when_the_first_is_replaced(tmp_path):
    write_checkpoint(CHECKPOINT, tmp_path / "a.pt")
    link_checkpoint(tmp_path / "a.pt", tmp_path / "kept" / "b.pt")
    write_checkpoint(dataclasses.replace(CHECKPOINT, epoch=9), tmp_path / "a.pt")
    assert read_checkpoint(tmp_path / "kept" / "b.pt").epoch == 3


def test_without_hard_links_the_content_is_copied(tmp_path, monkeypatch):
    def refused(source: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr("os.link", refused)
    write_checkpoint(CHECKPOINT, tmp_path / "a.pt")
    link_checkpoint(tmp_path / "a.pt", tmp_path / "b.pt")
    assert read_checkpoint(tmp_path / "b.pt").epoch == 3


def test_a_snapshot_does_not_follow_later_training():
    weights = torch.zeros(2)
    state = {"model": {"w": weights}, "list": [weights], 0: 1}
    copied = snapshot(state)
    weights += 1
    assert torch.equal(copied["model"]["w"], torch.zeros(2))
    assert torch.equal(copied["list"][0], torch.zeros(2))
