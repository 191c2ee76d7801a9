"""Run directories as tidy pandas frames: the way into the records from Python.

The names below are imported when they are first used: what reads a summary alone needs no pandas.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.load.frames import RunFrames, load_run, load_runs

__all__ = ["RunFrames", "load_run", "load_runs"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'harness.load' has no attribute '{name}'")
    return getattr(import_module("harness.load.frames"), name)
