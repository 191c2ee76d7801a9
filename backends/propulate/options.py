"""Propulate's own options, given under ``engine:`` in YAML."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from harness.backend import EngineOptions


class PropulateOptions(EngineOptions):
    """What only Propulate knows. Defaults are Propulate's own unless the field says otherwise."""

    islands: int = Field(1, ge=1, description="ga: islands that the workers are spread over.")
    migration_probability: float = Field(
        0.9, ge=0, le=1, description="ga: chance of a migration per generation of an island."
    )
    pollination: bool = Field(True, description="ga: migrants are copies and stay at home as well.")
    crossover_probability: float = Field(0.7, ge=0, le=1, description="ga: uniform crossover.")
    mutation_probability: float = Field(0.4, ge=0, le=1, description="ga: point mutation.")
    random_probability: float = Field(0.1, ge=0, le=1, description="ga: a fresh draw instead.")
    sigma_factor: float = Field(
        0.05, gt=0, description="ga: width of a normal mutation, as a part of the range."
    )
    pso_variant: Literal["basic", "velocity-clamping", "constriction", "canonical"] = Field(
        "canonical",
        description="pso: the update rule, basic, velocity-clamping, constriction or canonical.",
    )
    inertia: float = Field(0.729, ge=0, description="pso: of basic and velocity-clamping.")
    cognitive: float = Field(2.05, ge=0, description="pso: pull to a particle's own best.")
    social: float = Field(2.05, ge=0, description="pso: pull to the swarm's best.")
    velocity_limit: float = Field(
        0.6, gt=0, le=1, description="pso: of velocity-clamping, as a part of the range."
    )
    cma_adapter: Literal["basic", "active"] = Field(
        "basic", description="cmaes: the variant, basic or active."
    )
    cma_pool_size: int = Field(
        3, ge=1, description="cmaes: generations' worth of individuals that parents come from."
    )
    simplex_scale: float = Field(
        0.2, gt=0, description="nelder-mead: size of a first simplex, as a part of the range."
    )
