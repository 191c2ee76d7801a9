import threading

from harness.trials.watchdog import EXIT_CODE, Watchdog


def test_a_process_whose_trial_hangs_records_it_and_ends():
    happened, ended = [], threading.Event()

    def end_process(code):
        happened.append(code)
        ended.set()

    Watchdog(0.01, lambda: happened.append("recorded"), end_process)
    assert ended.wait(10)
    assert happened == ["recorded", EXIT_CODE]


def test_a_trial_that_is_over_in_time_harms_nobody():
    ended = threading.Event()
    dog = Watchdog(0.05, lambda: None, lambda code: ended.set())
    dog.cancel()
    assert not ended.wait(0.2)


def test_without_a_limit_nothing_runs():
    before = threading.active_count()
    Watchdog(None, lambda: None).cancel()
    assert threading.active_count() == before
