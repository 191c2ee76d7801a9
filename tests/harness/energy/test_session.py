"""A run has joules if all of its sessions were measured."""

import pytest

from harness.energy.nvml import GpuMeter
from harness.energy.powercap import open_meter
from harness.energy.session import GPUS, PACKAGES, joules_of, metered


@pytest.fixture
def package(tmp_path):
    """Sets the counter of a machine with one package."""
    folder = tmp_path / "powercap" / "intel-rapl:0"
    folder.mkdir(parents=True)
    (folder / "name").write_text("package-0")
    (folder / "max_energy_range_uj").write_text("9999999")

    def show(energy_uj):
        (folder / "energy_uj").write_text(str(energy_uj))

    show.root = folder.parent
    return show


def test_sessions_add_up(package, tmp_path):
    for end in (3_000_000, 5_000_000):
        package(1_000_000)
        with metered(tmp_path, {PACKAGES: open_meter(package.root)}):
            package(end)
    assert joules_of(tmp_path, 2) == pytest.approx(6.0)


def test_a_session_that_was_not_measured_leaves_no_number(package, tmp_path):
    package(0)
    with metered(tmp_path, {PACKAGES: open_meter(package.root)}):
        package(1_000_000)
    assert joules_of(tmp_path, 2) is None


def test_what_is_measured_until_an_interruption_counts(package, tmp_path):
    package(0)
    with pytest.raises(KeyboardInterrupt), metered(tmp_path, {PACKAGES: open_meter(package.root)}):
        package(2_000_000)
        raise KeyboardInterrupt
    assert joules_of(tmp_path, 1) == pytest.approx(2.0)


def test_without_counters_nothing_is_written(tmp_path):
    with metered(tmp_path, {PACKAGES: open_meter(tmp_path / "nowhere"), GPUS: GpuMeter()}):
        pass
    assert list(tmp_path.iterdir()) == [] and joules_of(tmp_path, 1) is None


class MadeMeter:
    found = True

    def __init__(self, *joules):
        self.joules = None
        self._shown = iter(joules)

    def update(self):
        self.joules = next(self._shown, self.joules)


def test_processors_and_gpus_are_measured_side_by_side(tmp_path):
    for packages, gpus in ((2.0, 5.0), (3.0, None)):
        with metered(tmp_path, {PACKAGES: MadeMeter(packages), GPUS: MadeMeter(gpus)}):
            pass
    assert joules_of(tmp_path, 2) == pytest.approx(5.0)
    # The GPUs of the second session were not measured whole.
    assert joules_of(tmp_path, 2, GPUS) is None


def test_what_one_of_them_cannot_measure_the_other_does(tmp_path):
    with metered(tmp_path, {PACKAGES: open_meter(tmp_path / "no"), GPUS: MadeMeter(4.0)}):
        pass
    assert joules_of(tmp_path, 1) is None and joules_of(tmp_path, 1, GPUS) == pytest.approx(4.0)
