"""A backend without an engine: the smallest that keeps the contract.

Name it on the command line by import path:
``--backend harness.testing.backends:SequentialBackend``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from harness.backend import Algorithm, Backend, SearchContext, World
from harness.rules.rungs import LocalRungs, recorded_at_rungs
from harness.trials.run import train_to_end
from harness.trials.stopping import Stopping


class SequentialBackend(Backend):
    """Trains one trial after the other in this process, on one slot."""

    name: ClassVar[str] = "sequential"
    engine: ClassVar[str] = "hpo-harness"
    modules: ClassVar[tuple[str, ...]] = ("harness",)
    algorithms: ClassVar[Mapping[str, Algorithm]] = {
        "rand": Algorithm("configurations of the seed, in order"),
        "asha": Algorithm("the same, stopped at rungs", halving=True),
    }

    def search(self, context: SearchContext, world: World) -> None:
        """Run the search."""
        objective = context.objective.prepare()
        slot = context.recorder.open_slot(0)
        driver = context.recorder.open_driver()
        rungs = None
        if context.spec.algorithm == "asha":
            rungs = LocalRungs(recorded_at_rungs(context.spec, context.history))
        decide = Stopping(context.spec, slot, objective.deadline, rungs)
        driver.search_began()
        objective.deadline.start()
        for trial in context.remaining:
            if objective.deadline.has_passed():
                break
            train_to_end(objective.start(trial, slot), decide)
        driver.search_ended()
        slot.close()
        driver.close()
