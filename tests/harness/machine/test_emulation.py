"""The emulation against PyTorch's own kernels, which compute in the same format but slowly."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from harness.machine.emulation import use_arithmetic

FORMATS = [torch.bfloat16, torch.float16]


@pytest.fixture(autouse=True)
def own_kernels_afterwards():
    yield
    use_arithmetic("native")


def convolutions():
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.Conv2d(8, 8, 3, padding=1, stride=2),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.ConvTranspose2d(8, 4, 2, stride=2, bias=False),
        nn.Flatten(),
        nn.Linear(256, 10),
    ).to(memory_format=torch.channels_last)


def train_a_step(number_format, arithmetic):
    use_arithmetic(arithmetic)
    torch.manual_seed(0)
    model, images = convolutions(), torch.randn(16, 3, 8, 8)
    labels = torch.randint(0, 10, (16,))
    with torch.autocast("cpu", dtype=number_format):
        scores = model(images.to(memory_format=torch.channels_last))
    loss = functional.cross_entropy(scores.float(), labels)
    loss.backward()
    return scores.detach(), loss.item(), [weight.grad for weight in model.parameters()]


def difference(one, other):
    return float((one.float() - other.float()).norm() / other.float().norm().clamp_min(1e-12))


@pytest.mark.parametrize("number_format", FORMATS)
def test_the_loss_is_that_of_pytorchs_own_kernels_to_the_last_bit(number_format):
    scores, loss, gradients = train_a_step(number_format, "emulated")
    own_scores, own_loss, own_gradients = train_a_step(number_format, "native")
    assert loss == own_loss
    assert torch.equal(scores, own_scores)
    assert scores.dtype == own_scores.dtype == number_format
    for weight, gradient, own in zip(
        convolutions().parameters(), gradients, own_gradients, strict=True
    ):
        # A bias before a batch norm has no influence: its gradient is noise.
        if weight.dim() > 1:
            assert difference(gradient, own) < 0.05


@pytest.mark.parametrize("number_format", FORMATS)
@pytest.mark.parametrize(
    ("operation", "shapes"),
    [
        (torch.mm, [(4, 5), (5, 6)]),
        (torch.addmm, [(4, 6), (4, 5), (5, 6)]),
        (torch.bmm, [(2, 4, 5), (2, 5, 6)]),
        (torch.baddbmm, [(2, 4, 6), (2, 4, 5), (2, 5, 6)]),
        (torch.addbmm, [(4, 6), (2, 4, 5), (2, 5, 6)]),
        (lambda a, b, c: a.clone().addmm_(b, c), [(4, 6), (4, 5), (5, 6)]),
        (lambda a, b, c: torch.mm(b, c, out=torch.empty_like(a)), [(4, 6), (4, 5), (5, 6)]),
        (functional.conv1d, [(2, 3, 9), (4, 3, 3)]),
        (functional.conv3d, [(2, 3, 5, 5, 5), (4, 3, 3, 3, 3)]),
        (functional.scaled_dot_product_attention, [(2, 2, 6, 8)] * 3),
    ],
)
def test_an_operation_gives_what_pytorchs_own_kernel_gives(operation, shapes, number_format):
    generator = torch.Generator().manual_seed(1)
    tensors = [torch.randn(shape, generator=generator).to(number_format) for shape in shapes]
    own = operation(*tensors)
    use_arithmetic("emulated")
    emulated = operation(*tensors)
    assert emulated.dtype == number_format and emulated.shape == own.shape
    assert difference(emulated, own) < 0.01


@pytest.mark.parametrize("layer", [nn.LSTM, nn.GRU, nn.RNN])
def test_recurrent_layers_train_though_the_processor_lacks_the_format(layer):
    torch.manual_seed(0)
    model, inputs = layer(8, 8, batch_first=True), torch.randn(4, 6, 8)
    wide = model(inputs)[0].detach()
    use_arithmetic("emulated")
    with torch.autocast("cpu", dtype=torch.bfloat16):
        outputs = model(inputs)[0]
    outputs.float().square().sum().backward()
    assert difference(outputs.detach(), wide) < 0.02
    assert all(torch.isfinite(weight.grad).all() for weight in model.parameters())


def test_float32_is_left_alone():
    torch.manual_seed(0)
    images, weights = torch.randn(2, 3, 8, 8), torch.randn(4, 3, 3, 3)
    own = functional.conv2d(images, weights)
    use_arithmetic("emulated")
    assert torch.equal(functional.conv2d(images, weights), own)


def test_native_arithmetic_brings_the_own_kernels_back():
    generator = torch.Generator().manual_seed(0)
    attended = torch.randn(2, 2, 16, 32, generator=generator).bfloat16()
    own = functional.scaled_dot_product_attention(attended, attended, attended)
    use_arithmetic("emulated")
    emulated = functional.scaled_dot_product_attention(attended, attended, attended)
    use_arithmetic("native")
    again = functional.scaled_dot_product_attention(attended, attended, attended)
    assert torch.equal(again, own) and not torch.equal(emulated, own)


def losses(arithmetic, steps):
    use_arithmetic(arithmetic)
    torch.manual_seed(0)
    model = convolutions()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    images, labels = torch.randn(32, 3, 8, 8), torch.randint(0, 10, (32,))
    curve = []
    for _ in range(steps):
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            scores = model(images)
        loss = functional.cross_entropy(scores.float(), labels)
        loss.backward()
        optimizer.step()
        curve.append(loss.item())
    return curve


@pytest.mark.slow
def test_a_curve_is_that_of_the_hardware():
    """Of the hardware where it has bfloat16, else of PyTorch's own loops."""
    emulated, own = losses("emulated", 12), losses("native", 12)
    assert own[-1] < 0.7 * own[0]
    assert max(abs(a - b) for a, b in zip(emulated, own, strict=True)) < 0.1
