import errno
import struct

import pytest

from harness.errors import RequestError
from harness.load import load_run
from harness.records import tensorboard
from harness.records.lines import event_of
from harness.records.tensorboard import TrialScalars, framed

pytest.importorskip("tensorboardX")


def read_scalars(folder):
    """Return (step, tag) to value and wall time, over all of a trial's event files."""
    from tensorboardX.proto.event_pb2 import Event

    found = {}
    for file in sorted(folder.iterdir()):
        data = file.read_bytes()
        while data:
            (length,) = struct.unpack("<Q", data[:8])
            message = Event.FromString(data[12 : 12 + length])
            data = data[16 + length :]
            for value in message.summary.value:
                found[message.step, value.tag] = (value.simple_value, message.wall_time)
    return found


def test_each_trial_is_a_tensorboard_run_with_the_records_values(sequential_run):
    result = sequential_run(tensorboard=True)
    epochs = load_run(result.directory).epochs
    runs = {path.name: read_scalars(path) for path in (result.directory / "tensorboard").iterdir()}
    assert set(runs) == set(epochs["trial_id"])
    for row in epochs.to_dict("records"):
        scalars = runs[row["trial_id"]]
        for tag, column in [("value", "value"), ("seconds/train", "train_s")]:
            assert scalars[row["epoch"], tag][0] == pytest.approx(row[column], rel=1e-6)


def test_nothing_is_written_unless_it_is_asked_for(sequential_run):
    assert not (sequential_run().directory / "tensorboard").exists()


EPOCH = {
    "event": "epoch",
    "time": 1000.5,
    "trial_id": "t00000",
    "epoch": 1,
    "value": 0.5,
    "train_loss": 0.7,
    "skipped_steps": 0,
    "train_s": 1.0,
    "data_wait_s": 0.0,
    "validate_s": 0.1,
    "checkpoint_save_s": 0.0,
    "checkpoint_load_s": 0.0,
    "config": {"lr": 0.1, "activation": "relu", "nesterov": True},
}


def test_records_are_framed_as_the_library_frames_them(tmp_path):
    from tensorboardX.record_writer import RecordWriter

    writer = RecordWriter(str(tmp_path / "theirs"))
    writer.write(b"a message")
    writer.close()
    assert framed(b"a message") == (tmp_path / "theirs").read_bytes()


def test_an_epoch_is_readable_as_soon_as_it_is_recorded(tmp_path):
    TrialScalars(tmp_path, slot=0)(event_of(EPOCH))
    scalars = read_scalars(tmp_path / "t00000")
    assert scalars[1, "value"] == (0.5, 1000.5)
    assert {tag for _, tag in scalars if tag.startswith("config/")} == {"config/lr"}


def test_a_trial_that_comes_back_goes_on_in_a_file_of_its_own(tmp_path):
    listener = TrialScalars(tmp_path, slot=0)
    for event in (
        EPOCH,
        {"event": "trial_pause", "time": 1001.0, "trial_id": "t00000"},
        {**EPOCH, "epoch": 2, "value": 0.6},
        {"event": "trial_end", "time": 1002.0, "trial_id": "t00000", "status": "completed"},
    ):
        listener(event_of(event))
    assert len(list((tmp_path / "t00000").iterdir())) == 2
    scalars = read_scalars(tmp_path / "t00000")
    assert scalars[1, "value"][0] == 0.5 and scalars[2, "value"][0] == pytest.approx(0.6)


def test_a_full_disk_ends_the_scalars_and_not_the_search(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    listener = TrialScalars(tmp_path, slot=0)
    monkeypatch.setattr(tensorboard, "FileIO", full)
    with pytest.warns(UserWarning, match="No space left"):
        listener(event_of(EPOCH))
    listener(event_of({**EPOCH, "epoch": 2}))


def test_without_the_library_the_request_is_refused_before_anything_is_written(
    sequential_run, monkeypatch, tmp_path
):
    monkeypatch.setattr(tensorboard.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(RequestError, match=r"pip install 'hpo-harness\[tensorboard\]'"):
        sequential_run(tensorboard=True)
    assert not (tmp_path / "run").exists()
