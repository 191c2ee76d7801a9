"""An exponential moving average of a model's weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn


class WeightAverage:
    """Follows a model's weights and buffers, and is what validates and is tested.

    Parameters
    ----------
    model
        The model that is trained.
    decay
        How much of the average a step keeps, in [0, 1).

    Notes
    -----
    Polyak and Juditsky, *Acceleration of Stochastic Approximation by Averaging*, 1992,
    with exponential weights. The first step's weights are the first average.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self._decay = decay
        self._averaged = self._begun(model)

    @property
    def model(self) -> nn.Module:
        """The model with averaged weights."""
        model: nn.Module = self._averaged.module
        return model

    def update(self, model: nn.Module) -> None:
        """Take the weights of a step into the average."""
        self._averaged.update_parameters(model)

    def state_dict(self) -> dict[str, Any]:
        """Return the average, and how many steps are in it."""
        state: dict[str, Any] = self._averaged.state_dict()
        return state

    def load_state_dict(self, state: Mapping[str, Any] | None, model: nn.Module) -> None:
        """Go on from a copy of `state`; from the model's weights where there is none."""
        self._averaged = self._begun(model)
        if state is not None:
            self._averaged.load_state_dict(state)

    def _begun(self, model: nn.Module) -> Any:
        average: Any = get_ema_multi_avg_fn(self._decay)  # type: ignore[no-untyped-call]
        averaged = AveragedModel(model, multi_avg_fn=average, use_buffers=True)
        return averaged.requires_grad_(False)
