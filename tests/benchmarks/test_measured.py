from benchmarks.measured import Target, markdown_table, median_of


def test_a_number_is_the_median_with_its_extremes():
    measured = median_of("row", "subject", [3.0, 1.0, 2.0])
    assert (measured.value, measured.low, measured.high, measured.rounds) == (2.0, 1.0, 3.0, 3)
    assert measured.met is None


def test_a_target_is_a_floor_or_a_ceiling():
    assert median_of("row", "a", [0.96], target=Target(0.95, "at least")).met
    assert not median_of("row", "a", [0.94], target=Target(0.95, "at least")).met
    assert median_of("row", "a", [1.01], target=Target(1.02, "at most")).met
    assert not median_of("row", "a", [1.03], target=Target(1.02, "at most")).met


def test_the_table_says_which_targets_are_reached():
    table = markdown_table(
        [
            median_of("growth", "ray", [1.7], target=Target(1.5, "at most")),
            median_of("start-up", "ray", [7.0, 8.0, 9.0], unit="s", target=Target(12, "at most")),
        ]
    )
    assert "| growth | ray | 1.7 | 1 | ≤ 1.5 | no |" in table
    assert "| start-up | ray | 8 s (7 … 9) | 3 | ≤ 12 | yes |" in table
