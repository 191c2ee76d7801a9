"""Measures how fast this machine multiplies matrices and convolves, in each precision."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

MATRIX_SIZE = {"cpu": 1024, "cuda": 8192}
"""Rows and columns of the matrices, by the device's type."""

CONVOLUTION_SHAPE = {"cpu": (64, 64, 32, 32), "cuda": (256, 256, 56, 56)}
"""Batch, channels (in and out), height and width of the 3×3 convolution, likewise."""

PATIENCE_S = 1.0
"""An operation that takes longer is measured once."""

TF32 = "tf32"
"""The format that is no type of torch's: float32 that is multiplied as TensorFloat-32."""


@dataclass(frozen=True)
class Ceiling:
    """The speed of one operation in one format.

    Attributes
    ----------
    operation
        ``"matrix product"``, ``"convolution"`` or ``"convolution training"``.
    dtype
        The number format, one of torch's or ``"tf32"``.
    gflops
        Median speed, in 10⁹ floating-point operations a second.
    """

    operation: str
    dtype: str
    gflops: float


def measure_ceilings(device: torch.device, dtypes: list[str], seconds: float) -> list[Ceiling]:
    """Measure the ceilings of a device; what its free memory does not hold is left out.

    Parameters
    ----------
    device
        The device.
    dtypes
        Names of torch's number formats, or ``"tf32"``.
    seconds
        Time to spend on each measurement.
    """
    import torch

    ceilings = []
    for dtype in dtypes:
        with _tf32(dtype == TF32), suppress(torch.OutOfMemoryError):
            for operation, (work, flop) in _workloads(device, dtype).items():
                gflops = flop / _median_seconds(work, device, seconds) / 1e9
                ceilings.append(Ceiling(operation, dtype, gflops))
    return ceilings


@contextmanager
def _tf32(allowed: bool) -> Iterator[None]:
    """Set both TF32 switches for a while: torch convolves in TF32 unless told otherwise."""
    from torch.backends import cuda, cudnn

    before = cuda.matmul.allow_tf32, cudnn.allow_tf32
    cuda.matmul.allow_tf32 = cudnn.allow_tf32 = allowed
    try:
        yield
    finally:
        cuda.matmul.allow_tf32, cudnn.allow_tf32 = before


def _workloads(device: torch.device, dtype: str) -> dict[str, tuple[Callable[[], object], float]]:
    import torch
    from torch.nn import functional

    number_format = torch.float32 if dtype == TF32 else getattr(torch, dtype)
    size, shape = MATRIX_SIZE[device.type], CONVOLUTION_SHAPE[device.type]
    matrix = torch.randn(size, size, device=device, dtype=number_format)
    batch, channels, height, width = shape
    layout = torch.channels_last
    images = torch.randn(shape, device=device, dtype=number_format)
    images = images.to(memory_format=layout).requires_grad_()
    kernel = torch.randn(channels, channels, 3, 3, device=device, dtype=number_format)
    kernel = kernel.to(memory_format=layout).requires_grad_()
    gradient = torch.randn_like(images).to(memory_format=layout)
    convolution_flop = 2.0 * batch * channels * channels * 9 * height * width

    def convolve() -> torch.Tensor:
        return functional.conv2d(images, kernel, padding=1)

    def forward_only() -> torch.Tensor:
        with torch.inference_mode():
            return convolve()

    def train() -> object:
        return torch.autograd.grad(convolve(), (images, kernel), gradient)

    return {
        "matrix product": (lambda: matrix @ matrix, 2.0 * size**3),
        "convolution": (forward_only, convolution_flop),
        "convolution training": (train, 3 * convolution_flop),
    }


def _median_seconds(work: Callable[[], object], device: torch.device, seconds: float) -> float:
    first = _timed(work, device)
    # What takes this long is measured as it is: a warm-up would change little.
    times = [first] if first > PATIENCE_S else [_timed(work, device)]
    while sum(times) < seconds:
        times.append(_timed(work, device))
    return statistics.median(times)


def _timed(work: Callable[[], object], device: torch.device) -> float:
    import torch

    begin = time.perf_counter()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - begin
