"""How a processor computes in a number format that it may lack: natively, or emulated.

PyTorch's autocast runs on every processor, but where the hardware lacks bfloat16 or
float16 its matrix products and convolutions fall back to loops that take ten times as
long as float32. `harness.machine.emulation` takes the place of these.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Literal

from packaging.version import Version

from harness.errors import RequestError

if TYPE_CHECKING:
    from harness.machine.hardware import Hardware

Arithmetic = Literal["native", "emulated"]
"""Whether a format is computed in as it is, or in float32 with rounded results."""

ArithmeticRequest = Literal["auto", "native", "emulated"]
"""What users may ask for."""

FAST_ENOUGH = 0.5
"""A format that trains at this fraction of float32's speed is computed in natively."""

NEEDED_TORCH = Version("2.9")
"""The first PyTorch that hands out the kernel which another one takes the place of."""

MeasureSpeed = Callable[[str], float]
"""Given a format, returns how fast convolutions train in it, as a fraction of float32's speed."""


def choose_arithmetic(
    asked: ArithmeticRequest,
    number_format: str | None,
    device_type: str,
    hardware: Hardware,
    measure: MeasureSpeed | None = None,
) -> Arithmetic:
    """Decide how a precision's format is computed in on this machine.

    Parameters
    ----------
    asked
        What the user asks for.
    number_format
        ``"bfloat16"``, ``"float16"``, or None where nothing is autocast.
    device_type
        ``"cpu"`` or ``"cuda"``.
    hardware
        The machine.
    measure
        Asked where the processor's flags do not settle it; see `measured_speed`,
        which is the default.

    Raises
    ------
    RequestError
        If this cannot be chosen here.
    """
    if asked != "auto":
        _check_request(asked, number_format, device_type)
    if number_format is None or device_type != "cpu":
        return "native"
    if asked == "emulated":
        _require_torch()
    if asked != "auto":
        return asked
    if hardware.has_format(number_format) or not can_emulate():
        return "native"
    if number_format in hardware.unsettled_formats:
        speed = (measure or measured_speed)(number_format)
        return "native" if speed >= FAST_ENOUGH else "emulated"
    return "emulated"


def can_emulate() -> bool:
    """Whether the installed PyTorch lets its kernels be replaced."""
    return Version(version("torch")) >= NEEDED_TORCH


@cache
def measured_speed(number_format: str) -> float:
    """Measure how fast convolutions train in a format here, as a fraction of float32's speed."""
    import torch

    from harness.machine.ceilings import measure_ceilings

    ceilings = measure_ceilings(torch.device("cpu"), ["float32", number_format], seconds=0.2)
    speeds = {c.dtype: c.gflops for c in ceilings if c.operation == "convolution training"}
    return speeds[number_format] / speeds["float32"]


def _check_request(asked: Arithmetic, number_format: str | None, device_type: str) -> None:
    if device_type != "cpu":
        raise RequestError(
            f"arithmetic={asked} is for processors, and this search trains on a GPU, which "
            "computes natively. Leave it out, or use --set device=cpu."
        )
    if number_format is None and asked == "emulated":
        raise RequestError(
            "arithmetic=emulated is for 'amp', 'amp-bf16' and 'amp-fp16': 'fp32' has nothing to "
            "emulate. Leave it out, or choose one of these precisions."
        )


def _require_torch() -> None:
    if not can_emulate():
        raise RequestError(
            f"arithmetic=emulated needs PyTorch {NEEDED_TORCH} or newer, and this is "
            f"{version('torch')}. Use arithmetic=native."
        )
