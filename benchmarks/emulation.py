"""Which operations are slow in a short number format on this processor.

Each is timed in float32, in the format with PyTorch's own kernel, and with the emulation of
`harness.machine.emulation`, which is to take the place of the slow ones:

    python -m benchmarks.emulation
    python -m benchmarks.emulation --format float16 --seconds 1

Forward and backward pass in processor time, on one thread.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

from harness.machine.emulation import use_arithmetic

Shapes = tuple[tuple[int, ...], ...]

OPERATIONS: dict[str, tuple[Callable[..., Tensor], Shapes]] = {
    "mm": (torch.mm, ((512, 512), (512, 512))),
    "bmm": (torch.bmm, ((16, 128, 64), (16, 64, 128))),
    "linear": (functional.linear, ((2048, 256), (256, 256), (256,))),
    "conv1d": (partial(functional.conv1d, padding=1), ((32, 32, 256), (32, 32, 3))),
    "conv2d": (partial(functional.conv2d, padding=1), ((32, 32, 32, 32), (32, 32, 3, 3))),
    "conv2d, depthwise": (
        partial(functional.conv2d, padding=1, groups=32),
        ((32, 32, 32, 32), (32, 1, 3, 3)),
    ),
    "conv3d": (partial(functional.conv3d, padding=1), ((4, 16, 16, 16, 16), (16, 16, 3, 3, 3))),
    "conv_transpose2d": (
        partial(functional.conv_transpose2d, stride=2),
        ((32, 32, 16, 16), (32, 32, 3, 3)),
    ),
    "attention": (functional.scaled_dot_product_attention, ((8, 4, 128, 32),) * 3),
    "mv": (torch.mv, ((1024, 1024), (1024,))),
    "dot": (torch.dot, ((65536,), (65536,))),
    "relu": (functional.relu, ((64, 32, 32, 32),)),
    "gelu": (functional.gelu, ((64, 32, 32, 32),)),
    "add": (torch.add, ((64, 32, 32, 32), (64, 32, 32, 32))),
    "max_pool2d": (partial(functional.max_pool2d, kernel_size=2), ((64, 32, 32, 32),)),
    "avg_pool2d": (partial(functional.avg_pool2d, kernel_size=2), ((64, 32, 32, 32),)),
    "softmax": (partial(functional.softmax, dim=-1), ((64, 32, 256),)),
    "layer_norm": (partial(functional.layer_norm, normalized_shape=(256,)), ((64, 32, 256),)),
}
"""Operations, each with the shapes of its arguments."""


def step_seconds(
    operation: Callable[..., Tensor], shapes: Shapes, number_format: torch.dtype, seconds: float
) -> float:
    """Return the median processor time of a forward and a backward pass."""
    tensors = [torch.randn(shape).to(number_format).requires_grad_() for shape in shapes]

    def step() -> float:
        began = time.process_time()
        torch.autograd.grad(operation(*tensors).float().sum(), tensors)
        return time.process_time() - began

    step()
    times = [step()]
    while sum(times) < seconds:
        times.append(step())
    return statistics.median(times)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--format", default="bfloat16", choices=("bfloat16", "float16"))
    parser.add_argument("--seconds", type=float, default=0.3, help="for each measurement")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    number_format = getattr(torch, arguments.format)
    print(f"| operation | float32, ms | {arguments.format} ÷ float32 | emulated ÷ float32 |")
    print("|---|---|---|---|")
    for name, (operation, shapes) in OPERATIONS.items():
        measured = []
        for arithmetic, dtype in (
            ("native", torch.float32),
            ("native", number_format),
            ("emulated", number_format),
        ):
            use_arithmetic(arithmetic)
            measured.append(step_seconds(operation, shapes, dtype, arguments.seconds))
        full, own, emulated = measured
        print(f"| {name} | {1000 * full:.2f} | {own / full:.2f} | {emulated / full:.2f} |")


if __name__ == "__main__":
    main()
