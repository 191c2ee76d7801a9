"""The neutral description of a search, that every backend translates."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class SearchSpec(BaseModel):
    """One search, in no engine's words.

    Attributes
    ----------
    algorithm
        The algorithm's name.
    mode
        Direction of the metric.
    trials
        Number of evaluations; with population algorithms, of members.
    max_epochs
        Length of a whole training.
    grace_epochs, reduction_factor
        The rungs of successive halving.
    population
        Members of a population, or of an initial design.
    interval
        Epochs between two checkpoints and, for population-based training,
        between two perturbations.
    quantile, resample_probability, perturbation_factors
        Population-based training's exploit and explore.
    workers
        Concurrent trials.
    ranks_per_trial
        Processes that train one trial together.
    seed
        Seeds everything.
    time_limit
        Seconds after which the search ends, or None.
    max_retries
        How often a trial is taken up again after its process died.
    mutable
        Hyperparameters that population-based training may change.
    engine
        The backend's own options, validated.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    algorithm: str
    mode: Literal["min", "max"]
    trials: int = Field(ge=1)
    max_epochs: int = Field(ge=1)
    grace_epochs: int = Field(ge=1)
    reduction_factor: int = Field(ge=2)
    population: int = Field(ge=1)
    interval: int = Field(ge=1)
    quantile: float = Field(gt=0, le=0.5)
    resample_probability: float = Field(ge=0, le=1)
    perturbation_factors: tuple[float, float]
    workers: int = Field(ge=1)
    ranks_per_trial: int = Field(ge=1)
    seed: int = Field(ge=0)
    time_limit: float | None = Field(gt=0)
    max_retries: int = Field(1, ge=0)
    mutable: tuple[str, ...]
    engine: dict[str, Any]
