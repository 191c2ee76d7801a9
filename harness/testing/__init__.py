"""What authors of backends and workloads test with.

`BackendConformance` and `WorkloadConformance` need pytest; the other modules of
this package do not, so they are imported only when they are asked for.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.testing.backend_conformance import BackendConformance
    from harness.testing.workload_conformance import WorkloadConformance, WorkloadUnderTest

__all__ = ["BackendConformance", "WorkloadConformance", "WorkloadUnderTest"]

_MODULES = {
    "BackendConformance": "harness.testing.backend_conformance",
    "WorkloadConformance": "harness.testing.workload_conformance",
    "WorkloadUnderTest": "harness.testing.workload_conformance",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    import pytest

    # Only what is registered before it is imported explains its assertions.
    asserting = {_MODULES[name], "harness.testing.record_checks"}
    pytest.register_assert_rewrite(*(asserting - sys.modules.keys()))
    return getattr(importlib.import_module(_MODULES[name]), name)
