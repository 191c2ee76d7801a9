"""Events on disk are the lines of earlier releases, byte for byte, and come back as they were."""

import dataclasses
import json

import pytest

from harness.records.events import EventWriter, read_events
from harness.records.happenings import EPOCH_FIELDS, EpochTrained, SlotOpened, Unknown
from harness.records.lines import event_of, line_of
from harness.records.recorder import DriverRecorder, SlotRecorder
from harness.records.schema import EPOCHS
from harness.records.tensorboard import scalars
from harness.trial import Judgement, Trial

# As a release wrote them whose recorder knew no types; the fields of the process are left out.
LINES = """\
{"event":"writer","time":1000.0,"slot":0,"session":0}
{"event":"trial_start","time":1000.0,"trial_id":"t00001","number":1,"member":null,"config":{"lr":0.1},\
"parent_trial_id":null,"parent_epoch":null,"origin":"random","told":0,"parameters":7}
{"event":"pace","time":1000.0,"trial_id":"t00001","step_s":0.5,"steps":3}
{"event":"idle","time":1000.0,"trial_id":null}
{"event":"span","time":1002.0,"kind":"idle","start":1000.0,"trial_id":null}
{"event":"epoch","time":1002.0,"trial_id":"t00001","epoch":1,"train_s":1.0,"data_wait_s":0.0,\
"validate_s":0.5,"checkpoint_save_s":0.0,"checkpoint_load_s":0.0,"train_loss":0.3,"value":0.5,\
"config":{"lr":0.1},"skipped_steps":0,"samples":10}
{"event":"checkpoint_save","time":1002.0,"trial_id":"t00001","epoch":1,"seconds":0.25}
{"event":"judgement","time":1002.0,"trial_id":"t00001","epoch":1,"value":0.5,"against":0.4,"goes_on":true}
{"event":"trial_mutate","time":1002.0,"trial_id":"t00001","config":{"lr":0.2}}
{"event":"trial_pause","time":1002.0,"trial_id":"t00001"}
{"event":"trial_resume","time":1002.0,"trial_id":"t00001","epoch":1}
{"event":"exploit","time":1002.0,"closed":"t00001","trial_id":"t00004","number":1,"member":1,"config":\
{"lr":0.3},"parent_trial_id":"t00002","parent_epoch":3,"origin":"exploit","told":2}
{"event":"trial_end","time":1002.0,"trial_id":"t00001","status":"stopped","reason":"exploited","error":null}
"""

EPOCH = {
    "train_s": 1.0,
    "data_wait_s": 0.0,
    "validate_s": 0.5,
    "checkpoint_save_s": 0.0,
    "checkpoint_load_s": 0.0,
    "train_loss": 0.3,
    "value": 0.5,
    "config": {"lr": 0.1},
    "skipped_steps": 0,
    "samples": 10,
}
PROCESS = {"host", "pid", "created", "numbered_by", "clock_ahead_s"}


def without_process(line):
    told = json.loads(line)
    kept = {name: value for name, value in told.items() if name not in PROCESS}
    return json.dumps(kept, separators=(",", ":"))


@pytest.fixture
def written(tmp_path, clock):
    slot = SlotRecorder(EventWriter(tmp_path / "0-1.jsonl"), 0, clock)
    slot.trial_started(Trial("t00001", 1, {"lr": 0.1}, origin="random", told=0), parameters=7)
    slot.pace("t00001", 0.5, 3)
    slot.ledger.enter("idle")
    clock.advance(2)
    slot.ledger.enter("train", "t00001")
    slot.epoch("t00001", 1, **EPOCH)
    slot.checkpoint_saved("t00001", 1, 0.25)
    slot.trial_judged("t00001", Judgement(1, 0.5, 0.4, goes_on=True))
    slot.trial_mutated("t00001", {"lr": 0.2})
    slot.trial_paused("t00001")
    slot.trial_resumed("t00001", 1)
    successor = Trial("t00004", 1, {"lr": 0.3}, 1, "t00002", 3, "exploit", 2)
    slot.trial_exploited("t00001", successor)
    slot.trial_ended("t00001", "stopped", "exploited")
    slot.close()
    return tmp_path


def test_lines_are_those_of_earlier_releases(written):
    lines = (written / "0-1.jsonl").read_text().splitlines()
    assert [without_process(line) for line in lines] == LINES.splitlines()


def test_who_writes_says_so_as_in_earlier_releases(tmp_path, clock):
    DriverRecorder(EventWriter(tmp_path / "driver-1.jsonl"), clock, 2, 4).search_began()
    opened, began = (tmp_path / "driver-1.jsonl").read_text().splitlines()
    names = "event time session workers host pid created numbered_by clock_ahead_s"
    assert list(json.loads(opened)) == names.split()
    assert began == '{"event":"search_begin","time":1000.0}'


def test_what_was_written_comes_back_as_it_was(written):
    for _writer, line in read_events(written):
        event = event_of(line)
        assert not isinstance(event, Unknown)
        assert line_of(event) == line


def test_logs_of_earlier_and_later_releases_are_read():
    assert event_of({"event": "writer", "time": 1.0, "slot": 3}) == SlotOpened(1.0, slot=3)
    assert event_of({"event": "later", "time": 2.0, "what": 1}) == Unknown(2.0)
    more = {"event": "epoch", "time": 1.0, "trial_id": "t0", "epoch": 1, "new": 5}
    assert event_of(more) == EpochTrained(1.0, "t0", 1)
    with pytest.raises(KeyError, match="'epoch' is incomplete"):
        event_of({"event": "epoch", "time": 1.0})


def test_an_event_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        SlotOpened(1.0).slot = 2


def test_an_epochs_columns_and_scalars_are_its_fields():
    names = [field.name for field in EPOCH_FIELDS]
    assert names == list(EPOCH)
    assert [name for name in EPOCHS if name in names] == names
    shown = [tag for tag, _value in scalars(EpochTrained(1.0, "t0", 1, **EPOCH))]
    assert shown == [
        "value",
        "train_loss",
        "skipped_steps",
        "seconds/train",
        "seconds/data_wait",
        "seconds/validate",
        "seconds/checkpoint_save",
        "seconds/checkpoint_load",
        "config/lr",
    ]
