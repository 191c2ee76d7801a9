"""What DeepHyper cannot run is refused before anything starts."""

from __future__ import annotations

from ConfigSpace import ConfigurationSpace
from ConfigSpace.hyperparameters import (
    CategoricalHyperparameter,
    Constant,
    OrdinalHyperparameter,
    UniformFloatHyperparameter,
    UniformIntegerHyperparameter,
)

from backends.deephyper.options import DeepHyperOptions
from backends.deephyper.translation import EngineSpace
from harness.errors import RequestError
from harness.search_spec import SearchSpec
from harness.space_values import require_choice

FROM_LIST = ("rand", "asha")
"""The algorithms that take their configurations from the seed alone."""

_EXPRESSED_EXACTLY = (
    CategoricalHyperparameter,
    Constant,
    OrdinalHyperparameter,
    UniformFloatHyperparameter,
    UniformIntegerHyperparameter,
)


def check_request(spec: SearchSpec, space: ConfigurationSpace) -> list[str]:
    """Check a search before it starts.

    Returns
    -------
    list of str
        Warnings for the user.

    Raises
    ------
    RequestError
        If DeepHyper cannot run it.
    """
    if spec.algorithm in FROM_LIST:
        return []
    _check_space(spec, space)
    if spec.algorithm == "regevo":
        _check_evolution(spec, space)
    return [*_size_warnings(spec), *_space_warnings(space)]


def _check_space(spec: SearchSpec, space: ConfigurationSpace) -> None:
    try:
        EngineSpace(space)
    except TypeError as error:
        raise RequestError(f"{error}; --algo rand takes any space.") from None
    require_choice(space, spec.algorithm)
    optimizer = DeepHyperOptions.of(spec).acq_optimizer
    if space.forbidden_clauses and optimizer != "sampling":
        raise RequestError(
            f"The acquisition optimizer '{optimizer}' does not know forbidden clauses, "
            "and this space has some; leave engine.acq_optimizer at 'sampling'."
        )


def _check_evolution(spec: SearchSpec, space: ConfigurationSpace) -> None:
    if space.forbidden_clauses:
        raise RequestError(
            "RegularizedEvolution ends at a forbidden child, and this space has forbidden "
            "clauses; take --algo cbo."
        )
    if spec.population < 2:
        raise RequestError(
            "'regevo' needs a population of at least 2, where one is chosen to be the parent; "
            "set population to 2 or more."
        )


def _size_warnings(spec: SearchSpec) -> list[str]:
    if spec.population < spec.trials:
        return []
    return [
        f"'{spec.algorithm}' draws its first {spec.population} configurations at random, "
        f"and there are {spec.trials} trials: this is a random search."
    ]


def _space_warnings(space: ConfigurationSpace) -> list[str]:
    return [
        f"DeepHyper takes '{name}' as uniform between its bounds ({type(hyperparameter).__name__})."
        for name, hyperparameter in space.items()
        if not isinstance(hyperparameter, _EXPRESSED_EXACTLY)
    ]
