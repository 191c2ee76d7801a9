"""Short number formats on a processor without them: computed in float32, then rounded.

Autocast's choice of operations and its types stay as they are. Only the operations for
which PyTorch has no fast kernel here are computed otherwise: their arguments are widened,
which is exact, and their results rounded. Hardware that has a format does the same: it
multiplies in it and sums up in float32.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from harness.machine.arithmetic import Arithmetic

if TYPE_CHECKING:
    import torch

_ALL = None

EMULATED_OPERATIONS: dict[str, int | None] = {
    "convolution": _ALL,
    "convolution_backward": _ALL,
    "mm": _ALL,
    "mm.out": _ALL,
    "addmm": _ALL,
    "addmm.out": _ALL,
    "addmm_": _ALL,
    "bmm": _ALL,
    "bmm.out": _ALL,
    "baddbmm": _ALL,
    "baddbmm.out": _ALL,
    "baddbmm_": _ALL,
    # The second result is a sum of exponentials, which is float32 in every format.
    "_scaled_dot_product_flash_attention_for_cpu": 1,
    "_scaled_dot_product_flash_attention_for_cpu_backward": _ALL,
    # The fourth result is a workspace that only the backward pass understands.
    "mkldnn_rnn_layer": 3,
    "mkldnn_rnn_layer_backward": _ALL,
}
"""The operations that are slow, and how many of their results are rounded; None for all.

`python -m benchmarks.emulation` measures which ones are slow.
"""


def use_arithmetic(arithmetic: Arithmetic) -> None:
    """Have this process compute in short formats in this way from now on.

    PyTorch's table of kernels is one a process, and the backward pass consults it long
    after autocast has ended; so this is a switch of the process, as that of TF32 is.
    """
    if arithmetic == "emulated":
        _kernels.replace()
    _kernels.emulate = arithmetic == "emulated"


class _Kernels:
    """The kernels of this process that were replaced, and the switch that they obey."""

    def __init__(self) -> None:
        self.emulate = False
        self._library: Any = None

    def replace(self) -> None:
        """Replace the kernels; once they are, do nothing."""
        if self._library is not None:
            return
        import torch

        library: Any = torch.library
        self._library = library.Library("aten", "IMPL")
        for name, rounded in EMULATED_OPERATIONS.items():
            packet, _, overload = name.partition(".")
            operation = getattr(getattr(torch.ops.aten, packet), overload or "default")
            self._library.impl(
                operation, self._emulating(operation, rounded), "CPU", with_keyset=True
            )

    def _emulating(self, operation: Any, rounded: int | None) -> Callable[..., Any]:
        import torch

        kernel = torch.library.get_kernel(operation, "CPU")
        written = _written_argument(operation)

        def compute(keys: Any, *arguments: Any, **named: Any) -> Any:
            number_format = _short_format((*arguments, *named.values()))
            if number_format is None or not self.emulate:
                return kernel.call_boxed(keys, *arguments, **named)
            wide = [_widened(value) for value in arguments]
            wide_named = {name: _widened(value) for name, value in named.items()}
            results = kernel.call_boxed(keys, *wide, **wide_named)
            if written is not None:
                target = named[written] if written in named else arguments[0]
                return target.copy_(results)
            if isinstance(results, torch.Tensor):
                return results.to(number_format)
            count = len(results) if rounded is None else rounded
            return tuple(
                result.to(number_format) if place < count and result is not None else result
                for place, result in enumerate(results)
            )

        return compute


def _written_argument(operation: Any) -> str | None:
    """Return the argument that an operation writes its result into, if it does."""
    for argument in operation._schema.arguments:
        if argument.alias_info is not None and argument.alias_info.is_write:
            return str(argument.name)
    return None


def _short_format(values: tuple[Any, ...]) -> torch.dtype | None:
    import torch

    short = (torch.bfloat16, torch.float16)
    return next((v.dtype for v in values if isinstance(v, torch.Tensor) and v.dtype in short), None)


def _widened(value: Any) -> Any:
    import torch

    if isinstance(value, torch.Tensor) and value.dtype in (torch.bfloat16, torch.float16):
        return value.float()
    if isinstance(value, list):
        return [_widened(entry) for entry in value]
    return value


_kernels = _Kernels()
