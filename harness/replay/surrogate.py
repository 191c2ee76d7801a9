"""A surrogate of trainings: answers for configurations that were not recorded.

Its error is measured on configurations it has not seen, and a bad one is refused. The
idea is that of Eggensperger et al., *Efficient benchmarking of hyperparameter optimizers
via surrogates*, AAAI 2015; here whole curves and times are predicted, by extremely
randomized trees (Geurts et al., 2006).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from harness.errors import RequestError
from harness.replay.curve import Curve, CurveSource, config_key
from harness.replay.features import Features
from harness.replay.table import RecordedTraining, TrainingTable
from harness.trials.objective import trial_seed

if TYPE_CHECKING:
    from ConfigSpace import ConfigurationSpace

LEAST_SPEARMAN = 0.6
"""Rank correlation of final values on held-out configurations, below which it is refused."""

MOST_TIME_ERROR = 0.3
"""Mean relative error of a whole training's time, above which it is refused."""

FOLDS = 5
TREES = 50
_PARTS = 4


@dataclass(frozen=True)
class SurrogateError:
    """How a surrogate does on configurations that it has not seen.

    Attributes
    ----------
    spearman
        Rank correlation of the final values, predicted and recorded.
    time_error
        Mean relative error of the time of a whole training.
    configurations
        How many there were.
    """

    spearman: float
    time_error: float
    configurations: int

    def refusal(self) -> str | None:
        """Return why the surrogate is not good enough; None if it is."""
        if self.spearman >= LEAST_SPEARMAN and self.time_error <= MOST_TIME_ERROR:
            return None
        return (
            f"on held-out configurations its rank correlation is {self.spearman:.2f} "
            f"({LEAST_SPEARMAN} is needed) and its error of the time {self.time_error:.0%} "
            f"({MOST_TIME_ERROR:.0%} is allowed)"
        )


class Surrogate(CurveSource):
    """Predicts the training of any configuration of a space.

    Parameters
    ----------
    table
        What it learns from.
    space
        The search space.
    """

    def __init__(self, table: TrainingTable, space: ConfigurationSpace) -> None:
        self._features = Features(space)
        self._means = _mean_by_configuration(table)
        self._epochs = len(table.trainings[0].curve.values)
        self._example = table.trainings[0].curve
        self._residuals = _residuals(table, self._means)
        self._model = _Model(self._inputs(), self._targets(), self._epochs)
        self._known: dict[str, NDArray[np.float64]] = {}
        self.error = self._measured()

    def curve(self, config: Mapping[str, Any], number: int, seed: int) -> Curve:
        """Return a predicted training, with the noise of a recorded one."""
        key = config_key(config)
        if key not in self._known:
            self._known[key] = self._model.predict(self._features.vector(config)[None])[0]
        values, train, validate, wait, rest = _split(self._known[key], self._epochs)
        noise = self._residuals[trial_seed(seed, number) % len(self._residuals)]
        setup_s, checkpoint_s = (float(s) for s in np.exp(rest))
        unknown = (float("nan"),) * self._epochs
        return Curve(
            values=tuple((values + noise).tolist()),
            test_values=unknown,
            train_losses=(0.0,) * self._epochs,
            train_s=tuple(np.exp(train).tolist()),
            validate_s=tuple(np.exp(validate).tolist()),
            data_wait_s=tuple(np.exp(wait).tolist()),
            setup_s=setup_s,
            checkpoint_s=checkpoint_s,
            state_bytes=self._example.state_bytes,
            samples=self._example.samples,
            parameters=0,
        )

    def check(self) -> None:
        """Check that it is good enough.

        Raises
        ------
        RequestError
            If it is not.
        """
        refusal = self.error.refusal()
        if refusal is not None:
            raise RequestError(
                "This algorithm proposes configurations that the table does not have, and its "
                f"surrogate is not good enough: {refusal}. Record more configurations, or a grid "
                "of them, which any algorithm can search exactly."
            )

    def _inputs(self) -> NDArray[np.float64]:
        return np.array([self._features.vector(training.config) for training in self._means])

    def _targets(self) -> NDArray[np.float64]:
        return np.array([_target(training.curve) for training in self._means])

    def _measured(self) -> SurrogateError:
        from scipy.stats import spearmanr

        inputs, targets = self._inputs(), self._targets()
        count = len(inputs)
        if count < 2 * FOLDS:
            return SurrogateError(0.0, 1.0, count)
        predicted = np.empty_like(targets)
        folds = np.random.default_rng(0).permutation(count) % FOLDS
        for fold in range(FOLDS):
            held_out = folds == fold
            model = _Model(inputs[~held_out], targets[~held_out], self._epochs)
            predicted[held_out] = model.predict(inputs[held_out])
        last = self._epochs - 1
        correlation = float(spearmanr(predicted[:, last], targets[:, last]).statistic)
        guessed, true = (_durations(rows, self._epochs) for rows in (predicted, targets))
        return SurrogateError(
            spearman=0.0 if np.isnan(correlation) else correlation,
            time_error=float(np.mean(np.abs(guessed - true) / true)),
            configurations=count,
        )


class _Model:
    """One forest for the curves and one for the seconds: neither's scale rules the other."""

    def __init__(
        self, inputs: NDArray[np.float64], targets: NDArray[np.float64], epochs: int
    ) -> None:
        parts = (targets[:, :epochs], targets[:, epochs:])
        self._forests = [_forest().fit(inputs, part) for part in parts]

    def predict(self, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
        predicted = [forest.predict(inputs).reshape(len(inputs), -1) for forest in self._forests]
        return np.concatenate(predicted, axis=1)


def _forest() -> Any:
    from sklearn.ensemble import ExtraTreesRegressor

    return ExtraTreesRegressor(TREES, random_state=0)


def _logarithm(seconds: Any) -> NDArray[np.float64]:
    # A time that was not measured is next to nothing.
    logarithm: NDArray[np.float64] = np.log(np.maximum(np.asarray(seconds, dtype=float), 1e-9))
    return logarithm


def _target(curve: Curve) -> NDArray[np.float64]:
    return np.concatenate(
        [
            curve.values,
            _logarithm(curve.train_s),
            _logarithm(curve.validate_s),
            _logarithm(curve.data_wait_s),
            _logarithm([curve.setup_s, curve.checkpoint_s]),
        ]
    )


def _split(row: NDArray[np.float64], epochs: int) -> list[NDArray[np.float64]]:
    return np.split(row, [epochs * part for part in range(1, _PARTS + 1)])


def _durations(rows: NDArray[np.float64], epochs: int) -> NDArray[np.float64]:
    times: NDArray[np.float64] = np.exp(rows[:, epochs : _PARTS * epochs]).sum(axis=1)
    setup: NDArray[np.float64] = np.exp(rows[:, _PARTS * epochs])
    total: NDArray[np.float64] = times + setup
    return total


def _mean_by_configuration(table: TrainingTable) -> list[RecordedTraining]:
    """Return one training a configuration: the mean of its seeds that did not fail."""
    found: dict[str, list[RecordedTraining]] = {}
    for training in table.trainings:
        if not training.curve.failed_epoch:
            found.setdefault(config_key(training.config), []).append(training)
    return [_mean(own) for own in found.values()]


def _mean(own: list[RecordedTraining]) -> RecordedTraining:
    def mean(name: str) -> tuple[float, ...]:
        return tuple(np.mean([getattr(t.curve, name) for t in own], axis=0).tolist())

    first = own[0].curve
    curve = Curve(
        mean("values"),
        mean("test_values"),
        mean("train_losses"),
        mean("train_s"),
        mean("validate_s"),
        mean("data_wait_s"),
        float(np.mean([t.curve.setup_s for t in own])),
        float(np.mean([t.curve.checkpoint_s for t in own])),
        first.state_bytes,
        first.samples,
        first.parameters,
    )
    return RecordedTraining(own[0].number, own[0].seed, own[0].config, curve)


def _residuals(table: TrainingTable, means: list[RecordedTraining]) -> list[NDArray[np.float64]]:
    """Return what seeds add to the mean curve of their configuration."""
    middle = {config_key(mean.config): np.array(mean.curve.values) for mean in means}
    found = [
        np.array(training.curve.values) - middle[config_key(training.config)]
        for training in table.trainings
        if not training.curve.failed_epoch
    ]
    # Of n seeds the mean takes a part of the noise away.
    scale = np.sqrt(table.seeds / (table.seeds - 1)) if table.seeds > 1 else 0.0
    return [residual * scale for residual in found]
