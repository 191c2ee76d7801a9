from harness.testing.clocks import FakeClock, TickingClock


def test_a_fake_clock_moves_when_it_is_told_to():
    clock = FakeClock(now=5.0)
    assert [clock(), clock()] == [5.0, 5.0]
    clock.advance(2.5)
    assert clock() == 7.5


def test_a_ticking_clock_moves_each_time_it_is_read():
    clock = TickingClock(now=5.0, tick=0.5)
    assert [clock(), clock(), clock()] == [5.0, 5.5, 6.0]
