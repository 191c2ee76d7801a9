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
    DeepHyper's surrogates ``GBRT`` and ``HGBRT`` are left out: they fail with the
    scikit-learn and the ConfigSpace that it installs.
    """

    surrogate_model: Literal["ET", "RF", "TB", "RS", "GP"] = Field(
        "ET", description="cbo: the regressor, ET, RF, TB, RS or GP."
    )
    acq_func: Literal["UCB", "UCBd", "EI", "EId", "PI", "PId", "gp_hedge", "gp_hedged"] = Field(
        "UCBd",
        description="cbo: the acquisition function, UCB, EI, PI or gp_hedge; a trailing d leaves "
        "the noise out of the uncertainty, which GP cannot.",
    )
    acq_optimizer: Literal["sampling", "mixedga", "ga"] = Field(
        "sampling",
        description="cbo: how the acquisition function is optimized, sampling, mixedga or ga.",
    )
    n_points: int = Field(
        10_000,
        ge=1,
        description="cbo: candidates drawn for each suggestion; 2000 take a third of the time.",
    )
    acq_optimizer_freq: int = Field(
        1,
        ge=1,
        description="cbo with mixedga or ga: the optimizer runs at every so-manieth suggestion, "
        "the others come from the candidates alone.",
    )
    multi_point_strategy: Literal["cl_min", "cl_mean", "cl_max", "qUCB", "qUCBd"] = Field(
        "cl_max",
        description="cbo: how several configurations are suggested at once. cl_min, cl_mean and "
        "cl_max fit the surrogate once for each of them, qUCB and qUCBd once in all: take these "
        "where many workers end their trials at the same time.",
    )
    sample_size: int | None = Field(
        None,
        ge=1,
        description="regevo: members that compete to be the parent; by default a quarter of the "
        "population, and at least two.",
    )

    @model_validator(mode="after")
    def _gaussian_process_keeps_noise(self) -> DeepHyperOptions:
        if self.surrogate_model == "GP" and self.acq_func.endswith("d"):
            raise ValueError(
                f"surrogate_model 'GP' needs acq_func '{self.acq_func[:-1]}', not '{self.acq_func}'"
            )
        return self
