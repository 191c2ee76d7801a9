"""A training's state as a flat mapping, to compare two of them bit by bit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def state_leaves(state: Any) -> dict[str, Any]:
    """Return every tensor and plain value of a state under its path.

    Parameters
    ----------
    state
        Tensors and plain values, in mappings, lists and tuples.

    Returns
    -------
    dict
        Path, as ``optimizer.state.0.momentum_buffer``, to value. A tensor is a copy.
    """
    return {".".join(path): value for path, value in _walk(state, ())}


def differing_leaves(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Return the paths that two states do not share, or under which they differ in a bit."""
    return sorted(
        path
        for path in one.keys() | other.keys()
        if path not in one or path not in other or not _same(one[path], other[path])
    )


def is_discrete(value: Any) -> bool:
    """Whether a leaf is a counter, a random state or a name: anything but real numbers."""
    import torch

    if isinstance(value, torch.Tensor):
        return not value.is_floating_point()
    return not isinstance(value, float)


def _walk(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    import torch

    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _walk(item, (*path, str(name)))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _walk(item, (*path, str(index)))
    else:
        yield path, value.detach().clone() if isinstance(value, torch.Tensor) else value


def _same(one: Any, other: Any) -> bool:
    import torch

    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return one.dtype == other.dtype and torch.equal(one.cpu(), other.cpu())
    return type(one) is type(other) and bool(one == other)
