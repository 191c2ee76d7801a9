"""Where the trainings of a replay come from: the table, a grid of it, or a surrogate."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.replay.closed_form import ClosedForm, ClosedFormSource
from harness.replay.grid import grid_space
from harness.replay.request import ResolvedReplay
from harness.replay.search import Origin
from harness.replay.table import TrainingTable
from harness.space import sample_configurations

if TYPE_CHECKING:
    from ConfigSpace import ConfigurationSpace

    from harness.replay.surrogate import Surrogate
    from harness.search_spec import SearchSpec

FROM_SEED = frozenset({"rand", "asha"})
"""The algorithms whose configurations the seed alone determines, on every engine."""


class Origins:
    """The origins of replays on one table.

    Parameters
    ----------
    table
        The trainings: recorded, or in closed form.
    file
        Where they were read; None if they were not.
    """

    def __init__(self, table: TrainingTable | ClosedForm, file: Path | None = None) -> None:
        self._form = table if isinstance(table, ClosedForm) else None
        self._recorded = table if isinstance(table, TrainingTable) else None
        self._file = file
        self._digest = None if file is None else hashlib.sha256(file.read_bytes()).hexdigest()
        self._surrogate: Surrogate | None = None

    def of(self, resolved: ResolvedReplay) -> Origin:
        """Return the origin of a search.

        `rand` and `asha` get the configurations of their seed where the table has all of
        them, and are then that search; otherwise the seed draws among those of the table.
        Other algorithms search a table that is a whole grid exactly, and ask a surrogate
        of any other. Trainings in closed form are there for any configuration.

        Raises
        ------
        RequestError
            If a surrogate is needed and not good enough.
        """
        space, spec = resolved.workload.space(), resolved.spec
        if self._form is not None:
            return self._in_closed_form(self._form, spec, space)
        own = sample_configurations(resolved.workload.space(), spec.trials, spec.seed)
        if spec.algorithm in FROM_SEED:
            exact = all(config in self._table for config in own)
            drawn = own if exact else self._table.draw(spec.trials, spec.seed)
            said = "the seed's own" if exact else "drawn from the table"
            return self._origin(drawn, space, configurations=said, values="recorded")
        restricted = grid_space(self._table, space)
        if restricted is not None:
            drawn = sample_configurations(restricted, spec.trials, spec.seed)
            return self._origin(
                drawn, restricted, configurations="any of the table's grid", values="recorded"
            )
        return self._by_surrogate(own, space)

    @property
    def _table(self) -> TrainingTable:
        if self._recorded is None:
            raise RuntimeError("there is no table")
        return self._recorded

    def _in_closed_form(
        self, form: ClosedForm, spec: SearchSpec, space: ConfigurationSpace
    ) -> Origin:
        own = sample_configurations(form.workload.space(), spec.trials, spec.seed)
        described = {
            "closed_form": form.name,
            "times": form.times.model_dump(mode="json"),
            "configurations": "any of the space",
            "values": "in closed form",
        }
        machine = {
            "cpu": "closed form",
            "cores": 1,
            "memory_bytes": 0,
            "cpu_has_bf16": False,
            "cpu_has_fp16": False,
            "gpus": [],
        }
        return Origin(ClosedFormSource(form), own, described, machine, space)

    def _by_surrogate(self, own: list[dict[str, Any]], space: ConfigurationSpace) -> Origin:
        from harness.replay.surrogate import Surrogate

        if self._surrogate is None:
            self._surrogate = Surrogate(self._table, space)
        self._surrogate.check()
        origin = self._origin(
            own, space, configurations="any of the space", values="from a surrogate"
        )
        described = {**origin.described, "surrogate": dataclasses.asdict(self._surrogate.error)}
        return dataclasses.replace(origin, source=self._surrogate, described=described)

    def _origin(
        self, drawn: list[dict[str, Any]], space: ConfigurationSpace, **said: str
    ) -> Origin:
        table = self._table
        described = {
            "table": None if self._file is None else str(self._file.resolve()),
            "sha256": self._digest,
            "trainings": len(table.trainings),
            "seeds_of_a_configuration": table.seeds,
            **said,
        }
        machine = json.loads(table.hardware[0])
        return Origin(table, drawn, described, machine, space, table.arithmetic)
