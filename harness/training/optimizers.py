"""Optimizers of a configuration, and how a new configuration takes effect in a running one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from harness.training.sgd import EagerSGD
from harness.workload import Configuration

OptimizerFactory = Callable[[nn.Module, Configuration], Optimizer]
"""Makes an optimizer of a model's weights, with the hyperparameters of a configuration."""

Settings = list[dict[str, Any]]
"""The hyperparameters of an optimizer's parameter groups."""


def sgd(model: nn.Module, config: Configuration) -> Optimizer:
    """Return stochastic gradient descent; see `sgd_settings`."""
    return EagerSGD(model.parameters(), fused=True, **sgd_settings(config))


def adam(model: nn.Module, config: Configuration) -> Optimizer:
    """Return `torch.optim.Adam`; see `adam_settings`. `weight_decay` defaults to 0."""
    return torch.optim.Adam(model.parameters(), **adam_settings(config, weight_decay=0.0))


def adamw(model: nn.Module, config: Configuration) -> Optimizer:
    """Return `torch.optim.AdamW`; see `adam_settings`. `weight_decay` defaults to 0.01."""
    return torch.optim.AdamW(model.parameters(), **adam_settings(config, weight_decay=0.01))


def sgd_settings(config: Configuration) -> dict[str, Any]:
    """Return the arguments of `torch.optim.SGD` that a configuration asks for.

    Parameters
    ----------
    config
        ``lr`` must be given; ``weight_decay`` (default 0), ``momentum`` (0.9)
        and ``nesterov`` (True) may be. Other hyperparameters are ignored.

    Returns
    -------
    dict
        ``lr``, ``weight_decay``, ``momentum`` and ``nesterov``. Nesterov is off
        where there is no momentum, because SGD refuses that combination.
    """
    momentum = float(config.get("momentum", 0.9))
    return {
        "lr": float(config["lr"]),
        "weight_decay": float(config.get("weight_decay", 0.0)),
        "momentum": momentum,
        "nesterov": bool(config.get("nesterov", True)) and momentum > 0.0,
    }


def adam_settings(config: Configuration, weight_decay: float) -> dict[str, Any]:
    """Return the arguments of Adam and AdamW that a configuration asks for.

    Parameters
    ----------
    config
        ``lr`` must be given; ``weight_decay``, ``beta1`` (default 0.9), ``beta2`` (0.999)
        and ``eps`` (1e-8) may be. Other hyperparameters are ignored.
    weight_decay
        The default weight decay.
    """
    return {
        "lr": float(config["lr"]),
        "weight_decay": float(config.get("weight_decay", weight_decay)),
        "betas": (float(config.get("beta1", 0.9)), float(config.get("beta2", 0.999))),
        "eps": float(config.get("eps", 1e-8)),
    }


def settings_of(optimizer: Optimizer) -> Settings:
    """Return the hyperparameters of an optimizer's groups."""
    return [
        {name: value for name, value in group.items() if name != "params"}
        for group in optimizer.param_groups
    ]


def apply_changes(
    optimizer: Optimizer, before: Sequence[Mapping[str, Any]] | None, now: Settings
) -> None:
    """Give an optimizer those of the settings `now` that were other ones `before`.

    What an optimizer keeps up to date among its own settings stays, unless it was asked
    for.

    Parameters
    ----------
    optimizer
        The optimizer.
    before
        What was asked for when the optimizer's state was begun; None if that is not
        known, and all settings are given.
    now
        What is asked for.
    """
    for number, group in enumerate(optimizer.param_groups):
        old = before[number] if before is not None and number < len(before) else {}
        group.update(
            {
                name: value
                for name, value in now[number].items()
                if name not in old or old[name] != value
            }
        )
