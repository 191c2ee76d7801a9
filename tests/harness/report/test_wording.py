import math

import pytest

from harness.report.wording import (
    counted,
    file_stem,
    mean_text,
    number_text,
    ratio_text,
    seeds_text,
    spread,
)


@pytest.mark.parametrize(
    "mean, deviation, text",
    [
        (3394.2, 12.34, "3,394 ± 12"),
        (0.75604, 0.0117, "0.756 ± 0.012"),
        (4.5e-9, 1.2e-10, "4.500e-09 ± 1.2e-10"),
        (12.5, 0.0, "12.50 ± 0"),
        (35.2, 1e-14, "35.20 ± 0"),
        (12.5, math.nan, "12.50"),
        (math.nan, math.nan, "–"),
    ],
)
def test_means_are_as_precise_as_their_deviation(mean, deviation, text):
    assert mean_text(mean, deviation) == text


@pytest.mark.parametrize(
    "value, text", [(13858.0, "13,858"), (0.0045, "0.00450"), (0, "0"), (1.5e-7, "1.50e-07")]
)
def test_numbers_have_three_digits_and_whole_thousands(value, text):
    assert number_text(value) == text


def test_a_ratio_has_its_interval_if_there_is_one():
    assert ratio_text(1.234, 1.1, 1.4) == "1.23 [1.10, 1.40]"
    assert ratio_text(1.234) == "1.23" and ratio_text(math.nan) == "–"


def test_many_seeds_are_a_range_and_few_are_listed():
    assert seeds_text([2, 0, 1, 1]) == "seeds 0, 1, 2"
    assert seeds_text(range(20)) == "seeds 0 to 19"
    assert seeds_text([4]) == "seed 4"


def test_counts_have_their_noun():
    assert counted(1, "directory", "directories") == "1 directory"
    assert counted(1200, "run", "runs") == "1,200 runs"


def test_a_deviation_takes_two_numbers():
    assert spread([1.0, 3.0]) == (2.0, pytest.approx(math.sqrt(2)))
    assert math.isnan(spread([1.0, math.nan])[1]) and math.isnan(spread([])[0])


def test_names_become_stems_of_files():
    assert file_stem("figure2", "cfd · hardware B", "ray/x") == "figure2-cfd-hardware-b-ray-x"
