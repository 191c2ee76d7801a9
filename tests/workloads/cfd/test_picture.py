import importlib.util

import pytest
import torch

from harness.machine.hardware import detect_hardware
from harness.precision import resolve_precision
from harness.workload import BuildContext
from workloads.cfd.options import CfdOptions
from workloads.cfd.workload import CfdWorkload

pytest.importorskip("matplotlib", reason="pictures need matplotlib")


@pytest.fixture
def training():
    workload = CfdWorkload(CfdOptions(synthetic={"snapshots": 3, "shape": (12, 6, 16)}))
    workload.load_data(None, 0, torch.device("cpu"))
    precision = resolve_precision("amp", "cpu", detect_hardware())
    context = BuildContext(precision, torch.device("cpu"), seed=0, max_epochs=1)
    return workload.build({"lr": 0.01}, context)


@pytest.mark.slow
def test_the_picture_is_a_png_file_and_leaves_the_training_as_it_was(training, tmp_path):
    before = training.validate()
    assert training.picture(tmp_path / "best.png")
    assert (tmp_path / "best.png").read_bytes().startswith(b"\x89PNG")
    assert training.validate() == before


def test_the_plane_shown_has_the_median_error(training):
    shown = training.typical_reconstruction()
    difference = torch.square(shown.reconstruction - shown.plane).mean()
    assert shown.error == pytest.approx(float(difference))
    assert shown.plane.shape == (3, 12, 16)


def test_without_matplotlib_there_is_no_picture(training, tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert not training.picture(tmp_path / "best.png")
    assert not (tmp_path / "best.png").exists()
