"""Tensors within tuples, lists and mappings: what models with several inputs take and give."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import torch
from torch import Tensor

Nested: TypeAlias = Any
"""A tensor, or a tuple, a list or a mapping of these."""


def mapped(value: Nested, change: Callable[[Tensor], Tensor]) -> Nested:
    """Return the same structure with each tensor changed; what is no tensor stays."""
    if isinstance(value, Tensor):
        return change(value)
    if isinstance(value, Mapping):
        return {key: mapped(item, change) for key, item in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(mapped(item, change) for item in value))
    if isinstance(value, (list, tuple)):
        return type(value)(mapped(item, change) for item in value)
    return value


def samples_in(value: Nested) -> int:
    """Return the length of the first dimension of the first tensor.

    Raises
    ------
    ValueError
        If there is no tensor.
    """
    if isinstance(value, Tensor):
        return len(value)
    items = value.values() if isinstance(value, Mapping) else value
    if isinstance(items, str) or not hasattr(items, "__iter__"):
        raise ValueError(f"a batch holds a {type(value).__name__} where a tensor was expected")
    for item in items:
        return samples_in(item)
    raise ValueError("a batch holds no tensor")


def joined(parts: Sequence[Nested]) -> Nested:
    """Return structures of the same form as one, joined along the first dimension."""
    first = parts[0]
    if isinstance(first, Tensor):
        return torch.cat(list(parts))
    if isinstance(first, Mapping):
        return {key: joined([part[key] for part in parts]) for key in first}
    if isinstance(first, (list, tuple)):
        items = [joined(column) for column in zip(*parts, strict=True)]
        return type(first)(*items) if hasattr(first, "_fields") else type(first)(items)
    return first


def in_float32(value: Nested) -> Nested:
    """Return the same structure with floating-point tensors in float32."""
    return mapped(value, lambda tensor: tensor.float() if tensor.is_floating_point() else tensor)
