import pickle

import pytest
import torch

from harness.checkpoint import Checkpoint, read_checkpoint, snapshot, write_checkpoint

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
    torch.save({"trial_id": Hostile()}, path)
    with pytest.raises(pickle.UnpicklingError):
        read_checkpoint(path)


def test_a_snapshot_does_not_follow_later_training():
    weights = torch.zeros(2)
    state = {"model": {"w": weights}, "list": [weights], 0: 1}
    copied = snapshot(state)
    weights += 1
    assert torch.equal(copied["model"]["w"], torch.zeros(2))
    assert torch.equal(copied["list"][0], torch.zeros(2))
