"""Numeric precision as an experimental factor: policies, and what hardware has them."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.errors import RequestError, unknown_name
from harness.machine.arithmetic import (
    Arithmetic,
    ArithmeticRequest,
    MeasureSpeed,
    can_emulate,
    choose_arithmetic,
)

if TYPE_CHECKING:
    import torch

    from harness.machine.hardware import Hardware

PRECISIONS: dict[str, str] = {
    "fp32": "float32 everywhere, TF32 off",
    "tf32": "float32 storage, TF32 matrix products and convolutions (CUDA)",
    "amp": "float16 autocast with gradient scaling on CUDA, bfloat16 autocast on CPU",
    "amp-fp16": "float16 autocast with gradient scaling",
    "amp-bf16": "bfloat16 autocast",
}
"""Precision names and what each means."""


@dataclass(frozen=True)
class Precision:
    """A resolved precision policy.

    Attributes
    ----------
    name
        The name users type.
    device_type
        ``"cpu"`` or ``"cuda"``.
    autocast_dtype
        ``"float16"``, ``"bfloat16"``, or None for no autocast.
    scale_gradients
        Whether the backward pass runs on a scaled loss.
    tf32
        Whether TF32 is allowed in matrix products and convolutions.
    warnings
        What the user should know about this precision on this hardware.
    arithmetic
        Whether the autocast format is computed in natively, or emulated.
    """

    name: str
    device_type: str
    autocast_dtype: str | None
    scale_gradients: bool
    tf32: bool
    warnings: tuple[str, ...] = ()
    arithmetic: Arithmetic = "native"

    def autocast(self) -> AbstractContextManager[Any]:
        """Return the context in which the forward pass runs.

        It also sets how the process computes in the format, which the backward pass obeys.
        """
        if self.autocast_dtype is None:
            return nullcontext()
        import torch

        from harness.machine.emulation import use_arithmetic

        use_arithmetic(self.arithmetic)
        return torch.autocast(self.device_type, dtype=getattr(torch, self.autocast_dtype))

    def gradient_scaler(self) -> torch.amp.GradScaler:
        """Return the gradient scaler; a disabled one where nothing is scaled."""
        import torch

        return torch.amp.GradScaler(self.device_type, enabled=self.scale_gradients)

    def apply_to_process(self) -> None:
        """Set the process-wide switches to what this policy says: TF32 and emulation."""
        import torch

        from harness.machine.emulation import use_arithmetic

        use_arithmetic(self.arithmetic)

        torch.backends.cuda.matmul.allow_tf32 = self.tf32
        torch.backends.cudnn.allow_tf32 = self.tf32


def resolve_precision(
    name: str,
    device_type: str,
    hardware: Hardware,
    arithmetic: ArithmeticRequest = "auto",
    measure: MeasureSpeed | None = None,
) -> Precision:
    """Resolve a precision name on a device.

    Parameters
    ----------
    name
        One of `PRECISIONS`.
    device_type
        ``"cpu"`` or ``"cuda"``.
    hardware
        The machine.
    arithmetic
        How a processor is to compute in a short format.
    measure
        Measures a format's speed where the processor's flags say too little.

    Raises
    ------
    RequestError
        If the name is unknown or this hardware cannot run it.
    """
    if name not in PRECISIONS:
        raise unknown_name("precision", name, PRECISIONS)
    dtype = _autocast_format(name, device_type)
    chosen = choose_arithmetic(arithmetic, dtype, device_type, hardware, measure)
    if name == "tf32":
        return _tf32(device_type, hardware)
    if dtype is None:
        return Precision(name, device_type, None, scale_gradients=False, tf32=False)
    return Precision(
        name,
        device_type,
        dtype,
        scale_gradients=dtype == "float16",
        tf32=False,
        warnings=_autocast_warnings(dtype, device_type, hardware, chosen),
        arithmetic=chosen,
    )


def _autocast_format(name: str, device_type: str) -> str | None:
    if name == "amp":
        return "float16" if device_type == "cuda" else "bfloat16"
    return {"amp-fp16": "float16", "amp-bf16": "bfloat16"}.get(name)


def _tf32(device_type: str, hardware: Hardware) -> Precision:
    if device_type != "cuda":
        raise RequestError(
            "Precision 'tf32' needs an NVIDIA GPU (compute capability 8.0 or newer) and this "
            "search runs on the CPU. Use 'fp32' or 'amp'."
        )
    if not hardware.gpu_has_tf32:
        raise RequestError(
            "Precision 'tf32' needs a GPU of compute capability 8.0 or newer. Use 'fp32' or 'amp'."
        )
    return Precision("tf32", device_type, None, scale_gradients=False, tf32=True)


def _autocast_warnings(
    dtype: str, device_type: str, hardware: Hardware, arithmetic: Arithmetic
) -> tuple[str, ...]:
    if device_type == "cuda":
        if dtype == "bfloat16" and not hardware.gpu_has_bf16:
            raise RequestError(
                "Precision 'amp-bf16' needs a GPU of compute capability 8.0 or newer. Use 'amp'."
            )
        return ()
    if arithmetic == "emulated":
        return (
            f"{dtype} is computed in float32 and rounded: accuracy is that of {dtype}, and times "
            "say nothing about its speed.",
        )
    if hardware.has_format(dtype) or dtype in hardware.unsettled_formats:
        return ()
    mend = "--set arithmetic=emulated" if can_emulate() else "PyTorch 2.9 or newer"
    return (
        f"This processor has no {dtype} arithmetic in hardware: autocast runs and is correct, "
        f"but takes up to ten times as long as fp32; {mend} takes as long as fp32.",
    )


def flush_denormals() -> None:
    """Have this process take denormal numbers for zero."""
    import numpy as np
    import torch

    for number_format in (np.float32, np.float64):
        # Numpy looks at denormals once, and warns if there are none.
        np.finfo(number_format)
    # Denormal weights slow a processor down by an order of magnitude.
    torch.set_flush_denormal(True)
