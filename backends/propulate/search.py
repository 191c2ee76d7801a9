"""A search on Propulate, as one rank runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from backends.propulate.box_search import BoxSearch
from backends.propulate.breeding import Start, Suggestion, TicketedPropagator
from backends.propulate.cmaes import CovarianceAdaptation
from backends.propulate.engine import Archipelago, engine
from backends.propulate.evaluation import Evaluator, past_individuals
from backends.propulate.fixed_list import ListedConfigurations
from backends.propulate.ga import GeneticAlgorithm
from backends.propulate.halving import RungSurrogate
from backends.propulate.nelder_mead import SimplexSearch
from backends.propulate.pbt.search import population_search
from backends.propulate.pso import ParticleSwarm
from backends.propulate.rank import Rank, open_rank
from backends.propulate.translation import TranslatedSpace
from harness.backend import SearchContext
from harness.mpi.rungs import rungs_of_search
from harness.mpi.tickets import Tickets
from harness.mpi.trial_groups import RankPlace
from harness.mpi.world import MpiWorld
from harness.rules.agenda import seeds_agenda, suggested_agenda
from harness.trials.stopping import Stopping

SearchCall = Callable[[], None]
"""Runs this rank's part of the search, from t = 0 to its end."""


def search_among_leaders(context: SearchContext, place: RankPlace, world: MpiWorld) -> None:
    """Run a search on a rank that leads its trials."""
    build = _BUILDERS.get(context.spec.algorithm, _suggested)
    with open_rank(context, place, world) as rank:
        # What is built is built by all at once, and MPI does not sleep meanwhile.
        world.barrier()
        with build(rank) as search:
            if rank.driver is not None:
                rank.driver.search_began()
            rank.deadline.start()
            search()
            if rank.driver is not None:
                rank.driver.search_ended()


@contextmanager
def _suggested(rank: Rank) -> Iterator[SearchCall]:
    """Whole trials, each of a configuration that an algorithm suggests."""
    agenda = suggested_agenda(rank.context)
    if rank.spec.algorithm == "rand":
        agenda = seeds_agenda(rank.context)
    suggestion = _suggestion(rank)
    past = past_individuals(rank.context.history, suggestion, rank.spec.mode)
    suggestion.recall(past, rank.world.size)
    tickets = Tickets(rank.world, len(agenda))
    propagator = TicketedPropagator(agenda, tickets, rank.deadline, suggestion)
    evaluator, archipelago = Evaluator(rank), _archipelago(rank)
    with engine(propagator, evaluator.evaluate, rank, archipelago=archipelago, past=past) as loop:
        yield lambda: loop.propulate(debug=0)
    tickets.free()


@contextmanager
def _halved(rank: Rank) -> Iterator[SearchCall]:
    """The seed's configurations, stopped at rungs."""
    spec = rank.spec
    agenda = seeds_agenda(rank.context)
    tickets = Tickets(rank.world, len(agenda))
    rungs = rungs_of_search(rank.world, spec, rank.context.history)
    suggestion = ListedConfigurations(spec.trials)
    propagator = TicketedPropagator(agenda, tickets, rank.deadline, suggestion)
    evaluator = Evaluator(rank)
    surrogate = RungSurrogate(evaluator, Stopping(spec, rank.slot, rank.deadline, rungs))
    with engine(propagator, evaluator.epochs, rank, surrogate=lambda: surrogate) as loop:
        yield lambda: loop.propulate(debug=0)
    rungs.free()
    tickets.free()


_BUILDERS = {"asha": _halved, "pbt": population_search}


_BOX_SEARCHES: dict[str, type[BoxSearch]] = {
    "pso": ParticleSwarm,
    "cmaes": CovarianceAdaptation,
    "nelder-mead": SimplexSearch,
}


def _suggestion(rank: Rank) -> Suggestion:
    context, spec, options = rank.context, rank.spec, rank.options
    if spec.algorithm == "rand":
        return ListedConfigurations(spec.trials)
    initial = context.configurations[: spec.population]
    space = TranslatedSpace(context.space)
    start = Start(space, initial, rank.number, options, rank.generator())
    if spec.algorithm == "ga":
        return GeneticAlgorithm(start, parents=spec.population // options.islands)
    return _BOX_SEARCHES[spec.algorithm](start)


def _archipelago(rank: Rank) -> Archipelago:
    if rank.spec.algorithm != "ga":
        return Archipelago()
    options = rank.options
    return Archipelago(options.islands, options.migration_probability, options.pollination)
