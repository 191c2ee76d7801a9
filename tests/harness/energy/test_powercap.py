"""A made tree of counters that wrap, have gaps, and cannot be read."""

import pytest

from harness.energy.powercap import open_meter

RANGE_UJ = 9_999_999


@pytest.fixture
def tree(tmp_path):
    def write(domain, energy_uj, name="package-0"):
        folder = tmp_path / domain
        folder.mkdir(exist_ok=True)
        (folder / "name").write_text(f"{name}\n")
        (folder / "max_energy_range_uj").write_text(f"{RANGE_UJ}\n")
        (folder / "energy_uj").write_text(f"{energy_uj}\n")

    write.root = tmp_path
    return write


def test_joules_are_those_since_the_meter_was_made(tree):
    tree("intel-rapl:0", 1_000_000)
    meter = open_meter(tree.root)
    tree("intel-rapl:0", 4_500_000)
    meter.update()
    assert meter.joules == pytest.approx(3.5)


def test_a_counter_that_begins_anew_goes_on(tree):
    tree("intel-rapl:0", 9_000_000)
    meter = open_meter(tree.root)
    for energy_uj in (500_000, 8_500_000, 200_000):
        tree("intel-rapl:0", energy_uj)
        meter.update()
    assert meter.joules == pytest.approx(1.5 + 8.0 + 1.7)


def test_packages_add_up_and_parts_of_them_do_not_count_twice(tree):
    for domain, name in (
        ("intel-rapl:0", "package-0"),
        ("intel-rapl:1", "package-1"),
        ("intel-rapl:0:0", "dram"),
        ("intel-rapl:2", "psys"),
    ):
        tree(domain, 0, name)
    meter = open_meter(tree.root)
    for domain in ("intel-rapl:0", "intel-rapl:1", "intel-rapl:0:0"):
        (tree.root / domain / "energy_uj").write_text("2000000")
    meter.update()
    assert meter.joules == pytest.approx(4.0)


def test_a_gap_leaves_no_number(tree):
    tree("intel-rapl:0", 0)
    meter = open_meter(tree.root)
    (tree.root / "intel-rapl:0" / "energy_uj").unlink()
    meter.update()
    tree("intel-rapl:0", 5_000_000)
    meter.update()
    assert meter.joules is None


@pytest.mark.parametrize("content", ["", "nothing"])
def test_a_counter_that_shows_no_number_is_none(tree, content):
    tree("intel-rapl:0", 0)
    tree("intel-rapl:1", 0, "package-1")
    (tree.root / "intel-rapl:1" / "energy_uj").write_text(content)
    assert open_meter(tree.root).joules is None


def test_a_machine_without_counters_has_no_joules(tmp_path):
    meter = open_meter(tmp_path / "powercap")
    meter.update()
    assert meter.joules is None
