import torch

from harness.trials.pace import MEASURED_STEPS, Pace


class Slot:
    def __init__(self):
        self.told = []

    def pace(self, trial_id, step_s, steps):
        self.told.append((trial_id, step_s, steps))


def pace(clock):
    return Pace(torch.device("cpu"), clock)


def test_the_steps_after_the_first_are_measured_once(clock):
    slot, measured = Slot(), pace(clock)
    for trial in ("t0", "t1"):
        measured.follow(slot, trial)
        clock.advance(60.0)  # the first step warms up
        for done in range(1, 20):
            measured.step_done(done, 20)
            clock.advance(0.5)
    assert slot.told == [("t0", 0.5, 20)]


def test_slow_steps_are_told_before_there_are_many(clock):
    slot, measured = Slot(), pace(clock)
    measured.follow(slot, "t0")
    measured.step_done(1, 1000)
    clock.advance(30.0)
    measured.step_done(2, 1000)
    assert slot.told == [("t0", 30.0, 1000)]


def test_an_epoch_of_few_steps_tells_nothing(clock):
    slot, measured = Slot(), pace(clock)
    measured.follow(slot, "t0")
    for done in range(1, MEASURED_STEPS):
        measured.step_done(done, MEASURED_STEPS - 1)
    assert slot.told == []
