"""The Optuna backend: TPE and its pruners in worker processes over a journal file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from harness.backend import Algorithm, Backend, SearchContext, World
from harness.errors import RequestError
from harness.search_spec import SearchSpec


class OptunaBackend(Backend):
    """Optuna (Akiba et al., KDD 2019): one process a slot, one study for all."""

    name: ClassVar[str] = "optuna"
    engine: ClassVar[str] = "optuna"
    modules: ClassVar[tuple[str, ...]] = ("optuna",)
    algorithms: ClassVar[Mapping[str, Algorithm]] = {
        "rand": Algorithm("configurations of the seed, in order (enqueued trials)"),
        "tpe": Algorithm("TPESampler"),
        "tpe-asha": Algorithm("TPESampler, SuccessiveHalvingPruner", halving=True),
        "tpe-hyperband": Algorithm("TPESampler, HyperbandPruner", halving=True),
    }

    def check(self, spec: SearchSpec, space: Any) -> list[str]:
        """Refuse a space that one fixed set of distributions does not express."""
        from harness_optuna.search import distributions

        if space.conditions or space.forbidden_clauses:
            raise RequestError("The Optuna backend takes no conditions and no forbidden parts.")
        distributions(space)
        return []

    def search(self, context: SearchContext, world: World) -> None:
        """Run the search."""
        from harness_optuna.search import run_search

        run_search(context)
