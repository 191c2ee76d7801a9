"""The values of a search space, as they are and as a record holds them.

JSON has no tuples, ConfigSpace turns choices of mixed types into arrays of one type, and
engines hand out positions. Here a value from any of them becomes the space's own again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from harness.errors import RequestError

if TYPE_CHECKING:
    from ConfigSpace import ConfigurationSpace


def plain_value(value: Any) -> Any:
    """Return a numpy scalar as the Python value it stands for."""
    import numpy as np

    return value.item() if isinstance(value, np.generic) else value


def choices_of(hyperparameter: Any) -> tuple[Any, ...]:
    """Return the values that a hyperparameter lists, as Python values; none for a range.

    A constant lists one.
    """
    for attribute in ("sequence", "choices"):
        listed = getattr(hyperparameter, attribute, None)
        if listed is not None:
            return tuple(_plain(value) for value in listed)
    if hasattr(hyperparameter, "lower"):
        return ()
    return (_plain(hyperparameter.value),)


def has_single_value(hyperparameter: Any) -> bool:
    """Whether there is nothing to choose: a constant, or a list or a range of one value."""
    if hasattr(hyperparameter, "lower"):
        return bool(hyperparameter.lower == hyperparameter.upper)
    return len(choices_of(hyperparameter)) == 1


def require_choice(space: ConfigurationSpace, algorithm: str) -> None:
    """Check that a space leaves an algorithm something to choose.

    Raises
    ------
    RequestError
        If it does not.
    """
    if all(has_single_value(hyperparameter) for hyperparameter in space.values()):
        raise RequestError(
            f"The space leaves nothing to choose, so '{algorithm}' has no use; take 'rand'."
        )


def single_values(space: ConfigurationSpace) -> dict[str, Any]:
    """Return the hyperparameters that leave nothing to choose, with their values."""
    return {
        name: own_value(hyperparameter, hyperparameter.default_value)
        for name, hyperparameter in space.items()
        if has_single_value(hyperparameter)
    }


def choice_index(hyperparameter: Any, value: Any) -> int:
    """Return the position of a value among those that a hyperparameter lists.

    Parameters
    ----------
    hyperparameter
        A constant, an ordinal or a categorical.
    value
        One of its values, also as JSON or ConfigSpace's arrays give it: a list for a
        tuple, 1.0 for 1 or 1 for True where there is no other such value.

    Raises
    ------
    ValueError
        If it is none of them.
    """
    choices = choices_of(hyperparameter)
    for index, choice in enumerate(choices):
        if type(choice) is type(value) and choice == value:
            return index
    forms, form = [_json_form(choice) for choice in choices], _json_form(value)
    texts = [json.dumps(choice, sort_keys=True) for choice in forms]
    text = json.dumps(form, sort_keys=True)
    if text in texts:
        return texts.index(text)
    if form in forms:
        return forms.index(form)
    raise ValueError(f"{value!r} is no value of hyperparameter '{hyperparameter.name}'")


def own_value(hyperparameter: Any, value: Any) -> Any:
    """Return a value as the hyperparameter itself has it.

    Raises
    ------
    ValueError
        If it has no such value.
    """
    value = plain_value(value)
    if not hasattr(hyperparameter, "lower"):
        return choices_of(hyperparameter)[choice_index(hyperparameter, value)]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{value!r} is no value of hyperparameter '{hyperparameter.name}'")
    whole = isinstance(plain_value(hyperparameter.lower), int)
    return int(value) if whole and value % 1 == 0 else float(value)


def nearest_value(hyperparameter: Any, value: Any) -> Any:
    """Return a value as the hyperparameter has it; one beyond a range's end becomes that end.

    A scale's logarithm and back may leave a range by a rounding error.
    """
    if hasattr(hyperparameter, "lower"):
        ends = plain_value(hyperparameter.lower), plain_value(hyperparameter.upper)
        value = min(max(plain_value(value), ends[0]), ends[1])
    return own_value(hyperparameter, value)


def own_configuration(space: ConfigurationSpace, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration with the space's own values.

    Raises
    ------
    ValueError
        If it names a hyperparameter or a value that the space does not have.
    """
    unknown = [name for name in config if name not in space]
    if unknown:
        raise ValueError(f"the space has no hyperparameter '{unknown[0]}'")
    return {str(name): own_value(space[name], value) for name, value in config.items()}


def active_configuration(
    space: ConfigurationSpace, values: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Return those of the values that are active, as a legal configuration.

    Parameters
    ----------
    space
        The space.
    values
        A value for each of its hyperparameters.

    Returns
    -------
    dict or None
        None if the space does not allow them.
    """
    from ConfigSpace.util import deactivate_inactive_hyperparameters

    try:
        active = own_configuration(
            space, dict(deactivate_inactive_hyperparameters(dict(values), space))
        )
    except ValueError:
        return None
    return active if illegality(space, active) is None else None


def restricted_names(space: ConfigurationSpace) -> frozenset[str]:
    """Return the hyperparameters that a condition or a forbidden clause is about."""
    found: set[str] = set()
    for name in space:
        if space.parent_conditions_of[name] or space.child_conditions_of[name]:
            found.add(str(name))
    for clause in space.forbidden_clauses:
        found |= _forbidden_names(clause)
    return frozenset(found)


def _forbidden_names(clause: Any) -> set[str]:
    if hasattr(clause, "components"):
        return set().union(*(_forbidden_names(component) for component in clause.components))
    sides = ("hyperparameter", "left", "right")
    return {getattr(clause, side).name for side in sides if hasattr(clause, side)}


def illegality(space: ConfigurationSpace, config: Mapping[str, Any]) -> str | None:
    """Return, in one line, why a space does not allow a configuration; None if it does."""
    from ConfigSpace import Configuration

    try:
        values = own_configuration(space, config)
        Configuration(space, values=values).check_valid_configuration()
    except Exception as error:
        # ConfigSpace has errors of many kinds for it.
        return " ".join(str(error).split()) or type(error).__name__
    return None


def check_values(where: str, space: ConfigurationSpace) -> None:
    """Check that records can hold each value that a space lists.

    Parameters
    ----------
    where
        What the message names as the space's owner.
    space
        The space.

    Raises
    ------
    RequestError
        If they cannot hold one, or cannot tell two of them apart.
    """
    for name, hyperparameter in space.items():
        texts: dict[str, Any] = {}
        for value in choices_of(hyperparameter):
            text = _recorded(value)
            if text is None or value != value:
                raise RequestError(
                    f"{where}: hyperparameter '{name}' has the value {value!r} "
                    f"({type(value).__name__}), which records cannot hold. Take numbers, text, "
                    "booleans or None, or tuples, lists and dictionaries of these."
                )
            if text in texts:
                raise RequestError(
                    f"{where}: hyperparameter '{name}' has the values {texts[text]!r} and "
                    f"{value!r}, which records cannot tell apart."
                )
            texts[text] = value


def _recorded(value: Any) -> str | None:
    try:
        form = _json_form(value)
        text = json.dumps(form, sort_keys=True)
        return text if json.loads(text) == form else None
    except (TypeError, ValueError):
        return None


def _plain(value: Any) -> Any:
    """Return a value with numpy's scalars in it as Python values; its containers stay."""
    if isinstance(value, tuple) and type(value) is tuple:
        return tuple(_plain(item) for item in value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return plain_value(value)


def _json_form(value: Any) -> Any:
    """Return a value as it comes back from JSON."""
    value = plain_value(value)
    if isinstance(value, list | tuple):
        return [_json_form(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _json_form(item) for key, item in value.items()}
    return value
