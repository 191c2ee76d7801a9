"""What torch imports in mid-training unless it is imported before."""

from __future__ import annotations

import importlib


def import_compiler() -> None:
    """Import what torch imports at the first optimizer and the first data-parallel step."""
    importlib.import_module("torch._dynamo")
