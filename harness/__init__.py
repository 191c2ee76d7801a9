"""Compare hyperparameter-optimization engines on one set of workloads and records.

What the command line does, from Python::

    from harness import RunConfig, load_run, run

    result = run(RunConfig(backend="ray", algo="asha", trials=8))
    frames = load_run(result.directory)

The names below are imported when they are first used, so ``import harness``
costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    __version__: str

    from harness.config import RunConfig as RunConfig
    from harness.errors import HarnessError as HarnessError
    from harness.errors import RequestError as RequestError
    from harness.load import RunFrames as RunFrames
    from harness.load import load_run as load_run
    from harness.load import load_runs as load_runs
    from harness.search.api import RunResult as RunResult
    from harness.search.api import resume as resume
    from harness.search.api import run as run

_HOMES = {
    "HarnessError": "harness.errors",
    "RequestError": "harness.errors",
    "RunConfig": "harness.config",
    "RunFrames": "harness.load",
    "RunResult": "harness.search.api",
    "load_run": "harness.load",
    "load_runs": "harness.load",
    "resume": "harness.search.api",
    "run": "harness.search.api",
}

__all__ = [
    "HarnessError",
    "RequestError",
    "RunConfig",
    "RunFrames",
    "RunResult",
    "load_run",
    "load_runs",
    "resume",
    "run",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("hpo-harness")
    if name not in _HOMES:
        raise AttributeError(f"module 'harness' has no attribute '{name}'")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
