"""DeepHyper's own options, given under ``engine:`` in YAML."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from harness.backend import EngineOptions


class DeepHyperOptions(EngineOptions):
    """What only DeepHyper knows.

    The default acquisition optimizer is not DeepHyper's ``mixedga``: it takes a
    suggestion from most of a second to some thirty milliseconds without a loss of
    search quality that ``benchmarks/cbo_suggestion.py`` could detect over 20 seeds.

    Attributes
    ----------
    surrogate_model
        The regressor of ``cbo``. DeepHyper's ``GBRT`` and ``HGBRT`` are left out:
        they fail with the scikit-learn and the ConfigSpace that it installs.
    acq_func
        Its acquisition function; a trailing ``d`` leaves the noise out of the
        uncertainty, which ``GP`` cannot.
    acq_optimizer
        How the acquisition function is optimized.
    n_points
        Candidates drawn for each suggestion; 2000 take a third of the default's time.
    acq_optimizer_freq
        With ``mixedga`` and ``ga``: the optimizer runs at every so-manieth
        suggestion, the others come from the candidates alone.
    multi_point_strategy
        How several configurations are suggested at once. ``cl_...`` fits the
        surrogate once for each of them, ``qUCBd`` once in all: take it where many
        workers end their trials at the same time.
    sample_size
        Members that compete to be the parent in ``regevo``; None for a quarter
        of the population, and at least two.
    """

    surrogate_model: Literal["ET", "RF", "TB", "RS", "GP"] = "ET"
    acq_func: Literal["UCB", "UCBd", "EI", "EId", "PI", "PId", "gp_hedge", "gp_hedged"] = "UCBd"
    acq_optimizer: Literal["sampling", "mixedga", "ga"] = "sampling"
    n_points: int = Field(default=10_000, ge=1)
    acq_optimizer_freq: int = Field(default=1, ge=1)
    multi_point_strategy: Literal["cl_min", "cl_mean", "cl_max", "qUCB", "qUCBd"] = "cl_max"
    sample_size: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _gaussian_process_keeps_noise(self) -> DeepHyperOptions:
        if self.surrogate_model == "GP" and self.acq_func.endswith("d"):
            raise ValueError(
                f"surrogate_model 'GP' needs acq_func '{self.acq_func[:-1]}', not '{self.acq_func}'"
            )
        return self
