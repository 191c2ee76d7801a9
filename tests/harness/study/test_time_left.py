from harness.study.time_left import TimeLeft, in_words


def test_a_cell_is_expected_to_take_as_long_as_those_most_like_it(cells_of):
    cells = cells_of(grid={"workload": ["digits", "cfd"], "algo": ["rand", "asha"], "seed": [0, 1]})
    durations = TimeLeft()
    assert durations.of(cells) is None
    durations.add(cells[0], 10.0)
    assert durations.of([cells[1]]) == 10.0
    durations.add(cells[4], 100.0)
    durations.add(cells[6], 50.0)
    assert durations.of([cells[1]]) == 10.0
    assert durations.of([cells[7]]) == 50.0
    assert durations.of([cells[2]]) == 10.0


def test_nothing_left_takes_no_time():
    assert TimeLeft().of([]) == 0.0


def test_durations_are_told_like_clocks():
    assert [in_words(s) for s in (5, 65, 3725)] == ["0:05", "1:05", "1:02:05"]
