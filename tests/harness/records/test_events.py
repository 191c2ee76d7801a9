import json

from hypothesis import given
from hypothesis import strategies as st

from harness.records.events import EventTail, EventWriter, parse_line, read_events


def test_events_are_read_back_in_order(tmp_path):
    with EventWriter(tmp_path / "0-1.jsonl") as writer:
        writer.write({"event": "a", "time": 1.0}, {"event": "b", "time": 2.0})
        writer.write({"event": "c", "time": 3.0})
    assert [event["event"] for _, event in read_events(tmp_path)] == ["a", "b", "c"]


def test_a_torn_last_line_is_dropped(tmp_path):
    (tmp_path / "0-1.jsonl").write_bytes(b'{"event":"a","time":1}\n{"event":"b","ti')
    assert [event["event"] for _, event in read_events(tmp_path)] == ["a"]


def test_a_tail_yields_a_line_once_and_only_when_it_is_whole(tmp_path):
    path = tmp_path / "0-1.jsonl"
    tail = EventTail(tmp_path)
    path.write_bytes(b'{"event":"a","time":1}\n{"event":')
    assert [event["event"] for _, event in tail.poll()] == ["a"]
    with path.open("ab") as file:
        file.write(b'"b","time":2}\n')
    assert [event["event"] for _, event in tail.poll()] == ["b"]
    assert list(tail.poll()) == []


def test_lines_that_hold_no_event_are_left_out(tmp_path):
    (tmp_path / "0-1.jsonl").write_bytes(b'[1]\nnull\n{}\n{"event":"a","time":1}\n')
    assert len(read_events(tmp_path)) == 1


@given(st.binary(max_size=200))
def test_any_bytes_parse_to_an_event_or_to_nothing(line):
    event = parse_line(line)
    assert event is None or {"event", "time"} <= set(event)


@given(st.integers(min_value=0, max_value=200))
def test_a_log_cut_anywhere_keeps_its_whole_lines(tmp_path_factory, cut):
    folder = tmp_path_factory.mktemp("log")
    lines = [json.dumps({"event": "e", "time": n}).encode() + b"\n" for n in range(6)]
    data = b"".join(lines)[:cut]
    (folder / "0-1.jsonl").write_bytes(data)
    assert len(read_events(folder)) == data.count(b"\n")
