"""Run directories as tidy pandas frames: the way into the records from Python."""

from __future__ import annotations

from harness.load.frames import RunFrames, load_run, load_runs

__all__ = ["RunFrames", "load_run", "load_runs"]
