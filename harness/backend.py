"""The contract of a backend: an engine that owns scheduling and suggestion."""

from __future__ import annotations

import importlib.util
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

from harness.errors import EngineMissing, RequestError
from harness.machine.installation import install_command
from harness.records.history import History
from harness.trial import Trial, numbered_trial

if TYPE_CHECKING:
    from ConfigSpace import ConfigurationSpace

    from harness.records.recorder import Recorder
    from harness.replay.stage import Stage
    from harness.search_spec import SearchSpec
    from harness.trials.objective_spec import ObjectiveSpec


@dataclass(frozen=True)
class Algorithm:
    """What an algorithm of a backend is and needs.

    Attributes
    ----------
    summary
        One line for ``harness list``: the engine's own classes.
    population
        Whether `trials` are the members of one population.
    halving
        Whether trials are stopped at rungs.
    mutates
        Whether it changes hyperparameters in mid-training, and so needs a
        workload with mutable ones.
    continuous_only
        Whether it needs a space it can embed in a continuous box.
    """

    summary: str
    population: bool = False
    halving: bool = False
    mutates: bool = False
    continuous_only: bool = False


OptionsT = TypeVar("OptionsT", bound="EngineOptions")


class EngineOptions(BaseModel):
    """Base of a backend's own options, given under ``engine:`` in YAML."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def of(cls: type[OptionsT], spec: SearchSpec) -> OptionsT:
        """Return the options of a search."""
        return cls.model_validate(spec.engine)


class World(Protocol):
    """The processes that run one search together."""

    @property
    def rank(self) -> int:
        """The number of this process; 0 is the root, which alone prints."""

    @property
    def size(self) -> int:
        """How many processes there are."""

    def broadcast(self, value: Any) -> Any:
        """Return the root's `value` on every process."""

    def barrier(self) -> None:
        """Wait, asleep, until every process is here."""


@dataclass(frozen=True)
class SingleProcess:
    """The world of a backend whose engine starts its own processes."""

    rank: int = 0
    size: int = 1

    def broadcast(self, value: Any) -> Any:
        """Return `value`."""
        return value

    def barrier(self) -> None:
        """Return at once."""


@dataclass(frozen=True)
class SearchContext:
    """What a backend gets to run a search.

    Attributes
    ----------
    spec
        The search.
    space
        A new, unseeded search space.
    configurations
        The configurations that the seed alone determines, `spec.trials` of
        them: those ``rand`` evaluates, and the initial members of a
        population.
    objective
        What to evaluate; prepare it once in each process that trains.
    recorder
        Where events go.
    directory
        The run directory, for checkpoints and the engine's own files.
    history
        What earlier sessions of this run did; empty in a run that begins.
    """

    spec: SearchSpec
    space: ConfigurationSpace
    configurations: list[dict[str, Any]]
    objective: ObjectiveSpec
    recorder: Recorder
    directory: Path
    history: History = field(default_factory=History)

    @property
    def remaining(self) -> list[Trial]:
        """The trials of the seed's configurations that are not over, by number.

        All of them in a run that begins; their origin is ``random``. One that was cut off
        goes on from the state it left, by itself, when it is started under its name.
        """
        over = {past.trial.number for past in self.history.over}
        return [
            numbered_trial(number, config, "random", told=0)
            for number, config in enumerate(self.configurations)
            if number not in over
        ]

    @property
    def checkpoints(self) -> Path:
        """Where checkpoints go."""
        return self.directory / "checkpoints"


class Backend(ABC):
    """An engine behind the harness. It translates and delegates.

    Attributes
    ----------
    name
        The name users type.
    engine
        The engine's distribution name.
    modules
        Modules that must be importable.
    process_model
        ``"driver"``: `search` is called in one process, which starts others.
        ``"mpi"``: `search` is called in every rank of an MPI job.
    algorithms
        Name to description of every algorithm the backend has.
    several_ranks
        Whether it can have several processes train one trial together: it gives
        `ObjectiveSpec.prepare` a `GroupMembership` in each, and has those that do not
        lead follow. `BackendConformance` checks what is declared.
    replayed
        The algorithms that `replay` runs in virtual time.
    engine_options
        The pydantic model of the engine's own options.
    """

    name: ClassVar[str]
    engine: ClassVar[str]
    modules: ClassVar[tuple[str, ...]]
    process_model: ClassVar[Literal["driver", "mpi"]] = "driver"
    algorithms: ClassVar[Mapping[str, Algorithm]]
    several_ranks: ClassVar[bool] = False
    replayed: ClassVar[frozenset[str]] = frozenset()
    engine_options: ClassVar[type[EngineOptions]] = EngineOptions

    def require_engine(self) -> None:
        """Check that the engine is installed.

        Raises
        ------
        EngineMissing
            If a module it needs is absent.
        """
        missing = [name for name in self.modules if importlib.util.find_spec(name) is None]
        if missing:
            raise EngineMissing(
                f"Backend '{self.name}' needs {', '.join(missing)}: "
                f"{install_command(self.name, self.engine)}"
            )

    def check(self, spec: SearchSpec, space: ConfigurationSpace) -> list[str]:
        """Check a search before it starts.

        Returns
        -------
        list of str
            Warnings for the user.

        Raises
        ------
        RequestError
            If this engine cannot run it.
        """
        return []

    def grace_epochs(self, algorithm: str, max_epochs: int, reduction_factor: int) -> int:
        """Return the epochs of the smallest budget that `algorithm` uses by default."""
        return 1

    def ranks(self, spec: SearchSpec) -> int:
        """Return the MPI ranks a search needs."""
        return spec.workers * spec.ranks_per_trial

    def workers_of(self, ranks: int, ranks_per_trial: int) -> int:
        """Return the concurrent trials that `ranks` MPI ranks make; 0 if none fits."""
        return ranks // ranks_per_trial

    def world(self) -> World:
        """Return the processes of this search; an MPI backend starts MPI here."""
        return SingleProcess()

    def nodes(self, engine: Mapping[str, Any]) -> int | None:
        """Return how many nodes train, where the engine knows it; None where it does not.

        It is asked before a search that begins, and may connect to what runs already.

        Parameters
        ----------
        engine
            The engine's own options, as the user gave them.
        """
        return None

    def patches(self, engine: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the names of what the adapter mends of its engine, for the record.

        A comparison of engines that were mended is one of mended engines.

        Parameters
        ----------
        engine
            The engine's own options, validated.
        """
        return ()

    def engine_started(self, context: SearchContext) -> AbstractContextManager[Any]:
        """Start what the engine needs before t = 0, and stop it afterwards."""
        return nullcontext()

    @abstractmethod
    def search(self, context: SearchContext, world: World) -> None:
        """Run the search; called in every process of the world.

        The root calls `DriverRecorder.search_began` right before the engine's
        search call and `DriverRecorder.search_ended` right after it.
        """

    def changed_internals(self) -> str | None:
        """Return what of the engine is not as `replay` knows it; None if all is.

        A replay stands where the engine talks to its processes, which no version
        promises to keep.
        """
        return None

    def replay(self, context: SearchContext, stage: Stage) -> None:
        """Run the search in virtual time, in this process.

        Parameters
        ----------
        context
            The search. Its objective is a `ReplayObjectiveSpec`, its recorder a
            `VirtualRecorder`.
        stage
            The virtual machine.
        """
        raise RequestError(f"Backend '{self.name}' cannot be replayed in virtual time.")
