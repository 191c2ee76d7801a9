"""Search spaces of every kind that ConfigSpace has, and a workload over any of them.

Name it on the command line by import path, with the kind as an option:
``--workload harness.testing.spaces:SpaceWorkload --set workload_options.kind=tuples``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np
from ConfigSpace import (
    BetaFloatHyperparameter,
    BetaIntegerHyperparameter,
    CategoricalHyperparameter,
    ConfigurationSpace,
    Constant,
    EqualsCondition,
    Float,
    ForbiddenAndConjunction,
    ForbiddenEqualsClause,
    ForbiddenInClause,
    GreaterThanCondition,
    InCondition,
    Integer,
    NormalFloatHyperparameter,
    NormalIntegerHyperparameter,
    OrdinalHyperparameter,
)
from pydantic import Field

from harness.space_values import choice_index, choices_of, own_configuration
from harness.workload import (
    BuildContext,
    Configuration,
    EpochResult,
    Metric,
    Training,
    Workload,
    WorkloadOptions,
)

if TYPE_CHECKING:
    import torch


def _space(*hyperparameters: Any) -> ConfigurationSpace:
    space = ConfigurationSpace()
    space.add(*hyperparameters)
    return space


def _learning_rate() -> Any:
    return Float("lr", (1e-4, 1.0), log=True)


def _conditions() -> ConfigurationSpace:
    optimizer = CategoricalHyperparameter("optimizer", ["adam", "sgd", "rprop"])
    momentum, layers = Float("momentum", (0.0, 0.9)), Integer("layers", (1, 3))
    width, kernel = Integer("width", (4, 64), log=True), CategoricalHyperparameter("kernel", [3, 5])
    space = _space(_learning_rate(), optimizer, momentum, layers, width, kernel)
    space.add(
        EqualsCondition(momentum, optimizer, "sgd"),
        GreaterThanCondition(width, layers, 1),
        InCondition(kernel, width, list(range(8, 65))),
    )
    return space


def _forbidden() -> ConfigurationSpace:
    space = _space(
        _learning_rate(),
        Integer("layers", (1, 3)),
        OrdinalHyperparameter("batch_size", [16, 32, 64]),
        CategoricalHyperparameter("optimizer", ["adam", "sgd"]),
    )
    space.add(
        ForbiddenAndConjunction(
            ForbiddenEqualsClause(space["layers"], 2),
            ForbiddenInClause(space["batch_size"], [32, 64]),
        ),
        ForbiddenAndConjunction(
            ForbiddenEqualsClause(space["optimizer"], "adam"),
            ForbiddenEqualsClause(space["layers"], 3),
        ),
    )
    return space


def _odd_names() -> ConfigurationSpace:
    names = ["a/b", "x.y", "p:lr", "objective", "job_id", "grid_search", "größe", "_loss", "a b"]
    space = _space(_learning_rate(), *(Float(name, (0.0, 1.0)) for name in names))
    space.add(CategoricalHyperparameter("config", ["x", "y"]), Integer("trial_id", (1, 5)))
    return space


KINDS: Mapping[str, Callable[[], ConfigurationSpace]] = {
    "conditions": _conditions,
    "forbidden": _forbidden,
    "constants": lambda: _space(
        _learning_rate(), Constant("depth", 3), Constant("shape", (1, 2)), Constant("cap", None)
    ),
    "one-valued": lambda: _space(
        _learning_rate(),
        OrdinalHyperparameter("width", [8]),
        CategoricalHyperparameter("activation", ["relu"]),
        CategoricalHyperparameter("betas", [(0.9, 0.999)]),
    ),
    "nothing-to-choose": lambda: _space(Constant("lr", 0.1), OrdinalHyperparameter("width", [8])),
    "one-hyperparameter": lambda: _space(_learning_rate()),
    "tuples": lambda: _space(
        _learning_rate(),
        CategoricalHyperparameter("betas", [(0.9, 0.999), (0.8, 0.99)]),
        OrdinalHyperparameter("widths", [(8, 8), (8, 16), (16, (32, None))]),
    ),
    "lists": lambda: _space(
        _learning_rate(),
        CategoricalHyperparameter("milestones", [[3, 6], [2, 4]]),
        CategoricalHyperparameter("schedule", [{"name": "cosine"}, {"name": "step", "at": (1, 2)}]),
    ),
    "none": lambda: _space(
        _learning_rate(),
        CategoricalHyperparameter("dropout", [None, 0.5]),
        OrdinalHyperparameter("clip", [None, 1, 2.0]),
    ),
    "booleans": lambda: _space(
        _learning_rate(),
        CategoricalHyperparameter("nesterov", [False, True]),
        OrdinalHyperparameter("warmup", [False, 1, 2]),
        CategoricalHyperparameter("bias", [True, 2.5]),
    ),
    "numpy": lambda: _space(
        _learning_rate(),
        CategoricalHyperparameter("decay", [np.float32(0.1), np.float32(0.2)]),
        OrdinalHyperparameter("width", [np.int64(8), np.int64(16)]),
    ),
    "text-and-numbers": lambda: _space(
        _learning_rate(),
        CategoricalHyperparameter("mode", ["1", 1]),
        OrdinalHyperparameter("level", [1, 2.5, 3]),
    ),
    "small-integers": lambda: _space(
        _learning_rate(), Integer("layers", (1, 3)), Integer("shift", (-1, 1))
    ),
    "large-integers": lambda: _space(
        _learning_rate(),
        Integer("offset", (2**53, 2**53 + 9)),
        Integer("budget", (1, 2**62), log=True),
        OrdinalHyperparameter("key", [2**63 + 1, 2**64 + 1, 2**70 + 1]),
    ),
    "fine-floats": lambda: _space(
        _learning_rate(),
        Float("narrow", (1.0, 1.0 + 1e-9)),
        Float("far", (1e6, 1e6 + 1e-3)),
        Float("tiny", (1e-12, 1e-3), log=True),
    ),
    "ordinals": lambda: _space(
        _learning_rate(),
        OrdinalHyperparameter("clip", [0.5, 1.0, math.inf]),
        OrdinalHyperparameter("size", ["small", "medium", "large"]),
    ),
    "categories": lambda: _space(
        _learning_rate(),
        CategoricalHyperparameter("activation", ["relu", "tanh", "gelu"]),
        CategoricalHyperparameter("norm", ["batch", "layer", "none"], weights=[1, 2, 3]),
    ),
    "distributions": lambda: _space(
        NormalFloatHyperparameter("lr", mu=0.1, sigma=0.1, lower=0.01, upper=1.0),
        BetaFloatHyperparameter("momentum", alpha=2, beta=3, lower=0.0, upper=0.9),
        NormalIntegerHyperparameter("layers", mu=3, sigma=2, lower=1, upper=9),
        BetaIntegerHyperparameter("width", alpha=2, beta=3, lower=4, upper=16),
    ),
    "odd-names": _odd_names,
}
"""Kind of space to what builds one."""

FIXED: Mapping[str, frozenset[str]] = {
    "conditions": frozenset({"kernel"}),
    "forbidden": frozenset({"batch_size"}),
}
"""The hyperparameters of a kind that may not change in mid-training; the others may."""


class SpaceOptions(WorkloadOptions):
    """Options of the workload."""

    kind: str = Field("conditions", description="Kind of search space.")


class SpaceTraining(Training):
    """A learning curve in closed form that trains nothing but its space's own values."""

    def __init__(
        self, config: Configuration, space: ConfigurationSpace, fixed: frozenset[str]
    ) -> None:
        own = own_configuration(space, config)
        if repr(own) != repr(dict(config)):
            raise TypeError(f"{dict(config)!r} does not hold the space's own values, {own!r}")
        self._config, self._space, self._fixed = own, space, fixed
        self._level, self._epoch = 0.0, 0

    def train_epoch(self) -> EpochResult:
        """Move towards the mean of the hyperparameters' places in their ranges."""
        self._epoch += 1
        places = [self._place(name) for name in self._config]
        self._level += 0.3 * (sum(places) / len(places) - self._level)
        return EpochResult(train_loss=1.0 - self._level, samples=1)

    def validate(self) -> float:
        """Return the level reached."""
        return self._level

    def test(self) -> float:
        """Return the level reached."""
        return self._level

    def state_dict(self) -> dict[str, Any]:
        """Return level and epoch, and what may not change."""
        return {"level": self._level, "epoch": self._epoch, "fixed": self._kept(self._config)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from `state`.

        Raises
        ------
        ValueError
            If it is of another model.
        """
        if state["fixed"] != self._kept(self._config):
            raise ValueError(f"the state is of {state['fixed']}, not {self._kept(self._config)}")
        self._level, self._epoch = float(state["level"]), int(state["epoch"])

    def set_hyperparameters(self, config: Configuration) -> None:
        """Take those of `config`."""
        self._config = dict(config)

    @property
    def parameters(self) -> int:
        """One."""
        return 1

    def _kept(self, config: Configuration) -> str:
        return json.dumps({name: config[name] for name in self._fixed if name in config})

    def _place(self, name: str) -> float:
        hyperparameter, value = self._space[name], self._config[name]
        choices = choices_of(hyperparameter)
        if choices:
            return (choice_index(hyperparameter, value) + 1) / len(choices)
        return float(hyperparameter.to_vector(value))


class SpaceWorkload(Workload):
    """A learning curve in closed form over a space of the kind asked for; larger is better."""

    name: ClassVar[str] = "space"
    metric: ClassVar[Metric] = Metric("level", "max")
    max_epochs: ClassVar[int] = 9
    options_model = SpaceOptions

    def __init__(self, options: WorkloadOptions | None = None) -> None:
        super().__init__(options)
        self._kind = cast(SpaceOptions, self.options).kind
        fixed = FIXED.get(self._kind, frozenset())
        self.mutable = tuple(  # type: ignore[misc]
            str(name) for name in KINDS[self._kind]() if name not in fixed
        )

    def space(self) -> ConfigurationSpace:
        """Return a space of the kind."""
        return KINDS[self._kind]()

    def load_data(self, root: Path | None, split_seed: int, device: torch.device) -> None:
        """Load nothing."""

    def build(self, config: Configuration, context: BuildContext) -> Training:
        """Build a learning curve."""
        return SpaceTraining(config, self.space(), FIXED.get(self._kind, frozenset()))
