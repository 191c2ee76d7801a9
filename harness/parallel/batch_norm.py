"""Batch normalisation over the batch of the whole trial."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, distributed, nn


class _SumOverRanks(torch.autograd.Function):
    """Sums a tensor over the processes, forwards and backwards."""

    @staticmethod
    def forward(context: Any, values: Tensor) -> Tensor:
        total = values.clone()
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> Tensor:
        total = gradient.clone()
        distributed.all_reduce(total)
        return total


class SynchronisedBatchNorm2d(nn.BatchNorm2d):
    """Batch normalisation whose statistics come from all ranks of a trial.

    Torch's own `SyncBatchNorm` has no implementation for processors. The ranks
    may hold unequal shares of the batch.
    """

    def forward(self, inputs: Tensor) -> Tensor:
        """Normalise inputs [B, C, H, W] with the statistics of the whole batch."""
        if not self.training:
            return super().forward(inputs)
        values = inputs if inputs.dtype == torch.float64 else inputs.float()
        count = values.new_full((1,), values.numel() / values.shape[1])
        # Two passes: a mean of squares minus a squared mean loses the digits that matter.
        sums = _SumOverRanks.apply(torch.cat([values.sum((0, 2, 3)), count]))
        total = sums[-1]
        mean = sums[:-1] / total
        centred = values - mean[:, None, None]
        variance = _SumOverRanks.apply(centred.square().sum((0, 2, 3))) / total
        self._update_running_statistics(mean.detach(), variance.detach(), total.detach())
        gain = self.weight * torch.rsqrt(variance + self.eps)
        normalised = centred * gain[:, None, None] + self.bias[:, None, None]
        result: Tensor = normalised.to(inputs.dtype)
        return result

    def _update_running_statistics(self, mean: Tensor, variance: Tensor, total: Tensor) -> None:
        if self.running_mean is None or self.running_var is None or self.momentum is None:
            return
        with torch.no_grad():
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * total / (total - 1), self.momentum)
            if self.num_batches_tracked is not None:
                self.num_batches_tracked.add_(1)


def synchronise_batch_norms(model: nn.Module, device: torch.device) -> nn.Module:
    """Return the model with statistics of the whole trial's batch in every normalisation."""
    if device.type == "cuda":
        convert: Callable[[nn.Module], nn.Module] = nn.SyncBatchNorm.convert_sync_batchnorm
        return convert(model)
    for name, child in model.named_children():
        if type(child) is nn.BatchNorm2d:
            setattr(model, name, _synchronised(child))
        else:
            synchronise_batch_norms(child, device)
    return model


def _synchronised(layer: nn.BatchNorm2d) -> SynchronisedBatchNorm2d:
    replacement = SynchronisedBatchNorm2d(
        layer.num_features, layer.eps, layer.momentum, layer.affine, layer.track_running_stats
    )
    replacement.load_state_dict(layer.state_dict())
    return replacement
