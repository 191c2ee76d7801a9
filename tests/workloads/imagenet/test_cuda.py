import pytest
import torch

from harness.precision import Precision
from harness.workload import BuildContext
from workloads.imagenet.options import ImagenetOptions
from workloads.imagenet.workload import ImagenetWorkload

pytestmark = [
    pytest.mark.cuda,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU"),
]
SCALED = Precision("amp", "cuda", "float16", scale_gradients=True, tf32=False)


@pytest.mark.parametrize("memory_budget_gib", [None, 0.0], ids=["cached", "streamed"])
def test_float16_training_with_scaled_gradients_learns(folders, memory_budget_gib):
    gpu = torch.device("cuda", 0)
    imagenet = ImagenetWorkload(
        ImagenetOptions(
            image_size=32,
            depth=10,
            width=0.125,
            batch_size=8,
            memory_budget_gib=memory_budget_gib,
            loader_workers=1,
        )
    )
    imagenet.load_data(folders, 0, gpu)
    config = dict(imagenet.space().get_default_configuration()) | {"lr": 0.02}
    training = imagenet.build(config, BuildContext(SCALED, gpu, seed=0, max_epochs=4))
    for _ in range(4):
        training.train_epoch()
    assert training.validate() >= 0.6
