import numpy as np
import pytest

from harness.errors import DataError
from workloads.cfd.normalisation import Range, measure_ranges
from workloads.cfd.snapshot import ArraySnapshot

SHAPE = (4, 6, 5)


def test_a_range_is_mapped_to_minus_one_and_one():
    normalised = Range(-2.0, 6.0).normalise(np.array([-2.0, 2.0, 6.0], dtype=np.float32))
    assert normalised.tolist() == [-1.0, 0.0, 1.0]
    assert normalised.dtype == np.float32


@pytest.mark.parametrize("depth", [1, 4, 100])
def test_each_component_has_its_own_range_however_few_planes_are_read_at_once(random_fields, depth):
    fields = random_fields(SHAPE)
    ranges = measure_ranges(ArraySnapshot("flow", "case", None, fields), 6, depth)
    assert [(found.low, found.high) for found in ranges] == [
        (float(fields[name].min()), float(fields[name].max())) for name in "uvw"
    ]


def test_trimmed_planes_do_not_count(random_fields):
    fields = random_fields(SHAPE)
    fields["u"][:, 4:] = 1e6
    ranges = measure_ranges(ArraySnapshot("flow", "case", None, fields), 4, 3)
    assert ranges[0].high < 10


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_refused(random_fields, wrong):
    fields = random_fields(SHAPE)
    fields["v"][1, 2, 3] = wrong
    with pytest.raises(DataError, match="flow: v has values that are not finite"):
        measure_ranges(ArraySnapshot("flow", "case", None, fields), 6, 2)


def test_a_component_without_variance_is_refused(random_fields):
    fields = random_fields(SHAPE)
    fields["w"][:] = 0.25
    with pytest.raises(DataError, match=r"flow: w is 0\.25 everywhere"):
        measure_ranges(ArraySnapshot("flow", "case", None, fields), 6, 2)
