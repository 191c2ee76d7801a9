"""torch's SGD, without the compiler that it would import."""

from __future__ import annotations

from inspect import unwrap

import torch
from torch.optim import SGD


class EagerSGD(SGD):
    """`torch.optim.SGD` for trainings that are not compiled; the arithmetic is torch's own.

    torch decorates the methods of its optimizers so that ``torch.compile`` leaves
    them alone. The decorators import ``torch._dynamo`` at the first call, compiled
    or not: 1.2 s of processor time in every process that trains (PyTorch 2.14, Zen 4).
    """

    add_param_group = unwrap(SGD.add_param_group)
    load_state_dict = unwrap(SGD.load_state_dict)
    state_dict = unwrap(SGD.state_dict)
    step = torch.no_grad()(unwrap(SGD.step))
    zero_grad = unwrap(SGD.zero_grad)
