import threading
import time

import pytest

from harness.trials.deadline import Deadline, TimeIsUp, interrupted_at


def test_it_counts_from_its_start(clock):
    deadline = Deadline(10.0, clock)
    clock.advance(4.0)
    deadline.start()
    clock.advance(9.0)
    assert not deadline.has_passed()
    assert deadline.remaining_s == pytest.approx(1.0)
    clock.advance(1.0)
    assert deadline.has_passed()


def test_without_a_limit_it_never_passes(clock):
    deadline = Deadline(None, clock)
    clock.advance(1e9)
    assert not deadline.has_passed()


def test_a_sleep_is_interrupted_in_the_main_thread():
    with pytest.raises(TimeIsUp), interrupted_at(Deadline(0.1)):
        time.sleep(60)


def test_work_in_another_thread_is_interrupted_at_its_next_step():
    ended = []

    def work():
        try:
            with interrupted_at(Deadline(0.1)):
                while True:
                    time.sleep(0.01)
        except TimeIsUp:
            ended.append("interrupted")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(30)
    assert ended == ["interrupted"]


def test_work_that_swallows_the_interruption_is_interrupted_again(monkeypatch):
    monkeypatch.setattr("harness.trials.deadline.AGAIN_S", 0.05)
    swallowed = 0
    with pytest.raises(TimeIsUp), interrupted_at(Deadline(0.05)):
        while True:
            try:
                time.sleep(60)
            except BaseException:
                swallowed += 1
                if swallowed == 3:
                    raise
    assert swallowed == 3


def test_work_that_ends_in_time_is_left_alone():
    with interrupted_at(Deadline(0.2)):
        pass
    time.sleep(0.3)


def test_nothing_begins_after_the_deadline(clock):
    deadline = Deadline(1.0, clock)
    clock.advance(2.0)
    with pytest.raises(TimeIsUp), interrupted_at(deadline):
        pytest.fail("it began")
