import pytest

from harness.errors import DataError
from workloads.cfd.snapshot import ArraySnapshot
from workloads.cfd.split import TEST_SHARES, VALIDATION_SHARES, in_time_order, split_in_time


def snapshots(*times, case="case", name="box"):
    return [ArraySnapshot(f"{name}{number}", case, time, {}) for number, time in enumerate(times)]


def times(part):
    return [snapshot.time for snapshot in part]


def test_the_latest_fifth_of_the_times_validates():
    train, validation = split_in_time(snapshots(*map(float, range(10))), VALIDATION_SHARES)
    assert times(train) == [0, 1, 2, 3, 4, 5, 6, 7]
    assert times(validation) == [8, 9]


def test_one_folder_is_split_70_15_15():
    parts = split_in_time(snapshots(*map(float, range(20))), TEST_SHARES)
    assert [len(part) for part in parts] == [14, 3, 3]
    assert [time for part in parts for time in times(part)] == list(range(20))


def test_every_case_is_split_by_itself():
    cases = snapshots(1.0, 2.0, 3.0, case="a") + snapshots(11.0, 12.0, 13.0, case="b")
    train, validation = split_in_time(cases, VALIDATION_SHARES)
    assert times(train) == [1, 2, 11, 12]
    assert times(validation) == [3, 13]


def test_the_order_of_files_does_not_matter():
    series = snapshots(3.0, 1.0, 2.0)
    assert split_in_time(series, (0.5, 0.5)) == split_in_time(series[::-1], (0.5, 0.5))


def test_a_gap_parts_the_neighbours():
    train, validation = split_in_time(snapshots(*map(float, range(10))), VALIDATION_SHARES, gap=2)
    assert times(train) == [0, 1, 2, 3, 4, 5]
    assert times(validation) == [8, 9]


def test_a_case_too_short_to_split_is_trained_on():
    cases = snapshots(1.0, case="short") + snapshots(1.0, 2.0, 3.0, case="long")
    train, validation = split_in_time(cases, VALIDATION_SHARES)
    assert {snapshot.case for snapshot in train} == {"short", "long"}
    assert {snapshot.case for snapshot in validation} == {"long"}


@pytest.mark.parametrize(
    ("number", "shares", "gap"), [(1, VALIDATION_SHARES, 0), (4, TEST_SHARES, 1)]
)
def test_too_few_snapshots_are_refused(number, shares, gap):
    with pytest.raises(DataError, match="cannot be split in time"):
        split_in_time(snapshots(*map(float, range(number))), shares, gap)


def test_numbers_in_names_order_snapshots_without_times():
    series = [ArraySnapshot(name, "case", None, {}) for name in ("t10.hdf5", "t9.hdf5")]
    assert [snapshot.name for snapshot in in_time_order(series)] == ["t9.hdf5", "t10.hdf5"]


def test_names_order_snapshots_without_times_and_numbers():
    series = [ArraySnapshot(name, "case", None, {}) for name in ("late", "early")]
    assert [snapshot.name for snapshot in in_time_order(series)] == ["early", "late"]
