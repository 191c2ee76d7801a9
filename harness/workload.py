"""The contract of a workload: a model, its data and its search space."""

from __future__ import annotations

import importlib
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from harness.errors import RequestError
from harness.machine.compiler import import_compiler

if TYPE_CHECKING:
    import torch
    from ConfigSpace import ConfigurationSpace

    from harness.parallel.group import BatchScaling, TrialGroup
    from harness.precision import Precision

Configuration = Mapping[str, Any]
"""One point of a search space: hyperparameter name to plain Python value."""


@dataclass(frozen=True)
class Metric:
    """What a workload is judged by.

    Attributes
    ----------
    name
        For example ``"accuracy"``.
    mode
        Whether larger (``"max"``) or smaller (``"min"``) is better.
    """

    name: str
    mode: Literal["min", "max"]

    @property
    def worst(self) -> float:
        """The value every real result beats."""
        return -math.inf if self.mode == "max" else math.inf

    def better(self, value: float, other: float) -> bool:
        """Whether `value` is strictly better than `other`; NaN is never better."""
        return value > other if self.mode == "max" else value < other


@dataclass(frozen=True)
class BuildContext:
    """What a workload needs, beside the configuration, to build one training.

    Attributes
    ----------
    precision
        The numeric precision to train and validate in.
    device
        Where the model and its batches live.
    seed
        Seeds initial weights, data order and augmentation. It follows from the search's
        seed and the configuration's number: precisions and engines start alike.
    max_epochs
        The length of a whole training, for schedules.
    group
        The processes that train this trial together; None for one alone.
    batch_scaling
        Whether a batch size is that of the trial, or that of each of its ranks.
    restored
        Whether a state is loaded before use; initial weights may then hold anything.
    step_done
        Told how many steps of an epoch are done and how many it has, after each.
    """

    precision: Precision
    device: torch.device
    seed: int
    max_epochs: int
    group: TrialGroup | None = None
    batch_scaling: BatchScaling = "trial"
    restored: bool = False
    step_done: Callable[[int, int], object] | None = None

    def trial_batch_size(self, batch_size: int) -> int:
        """Return the samples in a batch of the whole trial."""
        if self.group is None or self.batch_scaling == "trial":
            return batch_size
        return batch_size * self.group.ranks

    @property
    def learning_rate_scale(self) -> float:
        """How many times the batch has grown (Goyal et al., *Large Minibatch SGD*, 2017)."""
        return float(self.trial_batch_size(1))


@dataclass(frozen=True)
class EpochResult:
    """What one epoch of training gave.

    Attributes
    ----------
    train_loss
        Mean loss over the epoch's samples.
    samples
        Number of samples trained on.
    skipped_steps
        Optimizer steps the gradient scaler skipped because of overflow.
    data_wait_s
        Seconds spent waiting for batches.
    """

    train_loss: float
    samples: int
    skipped_steps: int = 0
    data_wait_s: float = 0.0


class Training(ABC):
    """One model in training. It knows nothing of trials, engines or records."""

    @abstractmethod
    def train_epoch(self) -> EpochResult:
        """Train for one epoch."""

    @abstractmethod
    def validate(self) -> float:
        """Return the metric on the validation set, in its natural direction."""

    @abstractmethod
    def test(self) -> float:
        """Return the metric on the test set, in its natural direction."""

    @property
    def tested_samples(self) -> int | None:
        """On how many samples `test` took its mean; None before it, or where it is no mean."""
        return None

    @abstractmethod
    def state_dict(self) -> dict[str, Any]:
        """Return all that is needed to go on: model, optimizer, scaler, RNG, epoch.

        The values are tensors, plain Python values, or lists and dictionaries
        of these, so that the state loads without executing code.
        """

    @abstractmethod
    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from `state`; the hyperparameters of *this* training hold.

        Loading an optimizer state must not undo a mutation of the learning
        rate or the weight decay.
        """

    @abstractmethod
    def set_hyperparameters(self, config: Configuration) -> None:
        """Change the mutable hyperparameters to those of `config`."""

    def reseed(self, seed: int) -> None:
        """Draw batches, augmentation and dropout from `seed`: a clone's, not its donor's."""

    @property
    @abstractmethod
    def parameters(self) -> int:
        """The number of trainable parameters."""

    def picture(self, path: Path) -> bool:
        """Draw what the model does into `path`; return whether there is such a picture."""
        return False


class WorkloadOptions(BaseModel):
    """Base of a workload's own options, given as ``workload_options`` in YAML."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Workload(ABC):
    """A model, its data and its search space.

    Attributes
    ----------
    name
        The name users type.
    metric
        What trials are judged by.
    mutable
        The hyperparameters that population-based training may change.
    max_epochs
        The default length of a training.
    default_trials
        The default number of trials.
    size_options
        The options that make a training smaller, the most useful first.
    options_model
        The pydantic model of the workload's own options.
    builds_optimizers
        Whether trainings build optimizers of torch. The first one imports ``torch._dynamo``
        (1.7 s of an AMD EPYC), so every process that trains does so before the clock starts.
        False is for trainings without any, and for `SupervisedTraining` with its own SGD.
    several_ranks
        Whether several processes can train one trial together (``--ranks-per-trial``).
        `SupervisedTraining` can; a training of one's own can if it shares its batches
        out over `BuildContext.group`. `WorkloadConformance` checks what is declared.
    training_modules
        The modules that `load_data` and `build` import. The process that checks a search
        starts sooner without them; one that trains imports them in advance.
    """

    name: ClassVar[str]
    metric: ClassVar[Metric]
    mutable: ClassVar[tuple[str, ...]] = ()
    max_epochs: ClassVar[int]
    default_trials: ClassVar[int] = 8
    size_options: ClassVar[tuple[str, ...]] = ()
    options_model: ClassVar[type[WorkloadOptions]] = WorkloadOptions
    builds_optimizers: ClassVar[bool] = True
    several_ranks: ClassVar[bool] = False
    training_modules: ClassVar[tuple[str, ...]] = ()

    def __init__(self, options: WorkloadOptions | None = None) -> None:
        self.options = options if options is not None else self.options_model()

    @classmethod
    def import_training_modules(cls) -> None:
        """Import what a training needs, so that no trial waits for it."""
        for module in cls.training_modules:
            importlib.import_module(module)
        if cls.builds_optimizers:
            import_compiler()

    @abstractmethod
    def space(self) -> ConfigurationSpace:
        """Return a new, unseeded search space."""

    def check_data(self, root: Path | None) -> None:
        """Check, before a search starts, that the data under `root` can be read.

        It looks at names, sizes and shapes and is quick; decoding belongs to
        `load_data`.

        Raises
        ------
        DataError
            If data are missing, empty, truncated or of the wrong shape.
        """

    def data_warnings(self, root: Path | None) -> list[str]:
        """Return what users should know about the data before a search starts."""
        return []

    @abstractmethod
    def load_data(self, root: Path | None, split_seed: int, device: torch.device) -> None:
        """Load and split the data; called once per process, before any `build`.

        Parameters
        ----------
        root
            The data root (``--data``), or None for data that need none.
        split_seed
            Determines the 80/20 split into training and validation data.
        device
            Where batches will be needed.

        Raises
        ------
        DataError
            If data are missing, damaged or of the wrong shape.
        """

    @abstractmethod
    def build(self, config: Configuration, context: BuildContext) -> Training:
        """Build a training of `config` with fresh weights.

        Raises
        ------
        ValueError
            If the configuration cannot be built.
        """

    def generate_data(self, out: Path, **options: Any) -> list[Path]:
        """Write generated data that `load_data` can read, and return the files written.

        Parameters
        ----------
        out
            A directory, created if need be; a data root afterwards.
        options
            What the generator is to be told; those left out have defaults.

        Raises
        ------
        RequestError
            If there is no generator, an option is wrong, or `out` holds data already.
        """
        raise RequestError(f"Workload '{self.name}' has no generated data.")
