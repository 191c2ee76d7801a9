import pytest
import torch

from harness.precision import Precision
from harness.workload import BuildContext
from workloads.cfd.options import CfdOptions
from workloads.cfd.workload import CfdWorkload

pytestmark = [
    pytest.mark.cuda,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU"),
]
GPU = torch.device("cuda", 0)
SCALED = Precision("amp", "cuda", "float16", scale_gradients=True, tf32=False)


@pytest.fixture(params=[4.0, 0.0], ids=["held", "streamed"])
def training(request):
    options = CfdOptions(
        synthetic={"snapshots": 4, "shape": (12, 6, 16)},
        batch_size=6,
        memory_budget_gib=request.param,
    )
    workload = CfdWorkload(options)
    workload.load_data(None, 0, GPU)
    return workload.build({"lr": 0.02}, BuildContext(SCALED, GPU, seed=1, max_epochs=6))


def test_float16_training_with_scaled_gradients_learns(training):
    losses = [training.train_epoch().train_loss for _ in range(6)]
    assert losses[-1] < 0.5 * losses[0]
    assert training.validate() > 0


def test_planes_on_the_gpu_are_drawn(training, tmp_path):
    pytest.importorskip("matplotlib")
    assert training.picture(tmp_path / "best.png")
