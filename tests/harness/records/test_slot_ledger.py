from harness.records.slot_ledger import SlotLedger


def spans(events):
    return [(e["kind"], e["start"], e["time"]) for e in events if e["event"] == "span"]


def test_every_second_belongs_to_one_span(clock):
    events = []
    ledger = SlotLedger(clock, events.append)
    for kind, seconds in [("setup", 2), ("train", 5), ("validate", 1), ("idle", 3), ("train", 1)]:
        ledger.enter(kind, "t0")
        clock.advance(seconds)
    ledger.enter("idle")
    assert spans(events) == [
        ("setup", 1000, 1002),
        ("train", 1002, 1007),
        ("validate", 1007, 1008),
        ("idle", 1008, 1011),
        ("train", 1011, 1012),
    ]


def test_a_wait_inside_a_span_is_booked_beside_it(clock):
    events = []
    ledger = SlotLedger(clock, events.append)
    ledger.enter("train", "t0")
    clock.advance(10)
    assert ledger.enter_after_wait("validate", "data_wait", 4.0) == 6.0
    assert spans(events) == [("train", 1000, 1006), ("data_wait", 1006, 1010)]


def test_entering_returns_the_length_of_the_span_that_ended(clock):
    ledger = SlotLedger(clock, lambda event: None)
    ledger.enter("train", "t0")
    clock.advance(7)
    assert ledger.enter("idle") == 7


def test_waiting_is_announced_when_it_begins(clock):
    events = []
    SlotLedger(clock, events.append).enter("idle")
    assert events == [{"event": "idle", "time": 1000, "trial_id": None}]
