"""Reads the energy counters of NVIDIA GPUs through NVML's own library, where it is installed."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

MODULE = "pynvml"
"""What the distribution nvidia-ml-py installs."""

VISIBLE = "CUDA_VISIBLE_DEVICES"
"""Environment variable: the GPUs that a process may use."""

_MILLI = 1e-3


@dataclass
class GpuCounter:
    """The counter of one GPU, in millijoules since its driver was loaded.

    Attributes
    ----------
    read
        Returns what it shows.
    first_mj, last_mj
        What it showed first and last.
    whole
        Whether it only ever grew: one that went back was set to zero in between.
    readable
        Whether the last look could read it. The counter itself goes on, so that the next
        look closes the gap.
    """

    read: Callable[[], int]
    first_mj: int
    last_mj: int
    whole: bool = True
    readable: bool = True

    def update(self) -> None:
        """Note what it shows now."""
        try:
            now = int(self.read())
        except Exception:
            # The library's errors have no common base that is known without it.
            self.readable = False
            return
        self.readable = True
        self.whole = self.whole and now >= self.last_mj
        self.last_mj = now


@dataclass
class GpuMeter:
    """The counters of the GPUs that a process may use.

    Attributes
    ----------
    counters
        One a GPU; empty without GPUs, without the library, or where one GPU has no counter.
    """

    counters: Sequence[GpuCounter] = field(default=())

    @property
    def found(self) -> bool:
        """Whether there are counters."""
        return bool(self.counters)

    @property
    def joules(self) -> float | None:
        """What the GPUs took; None where a counter was set back or cannot be read any more."""
        if not self.counters or not all(one.whole and one.readable for one in self.counters):
            return None
        return _MILLI * sum(one.last_mj - one.first_mj for one in self.counters)

    def update(self) -> None:
        """Look at the counters."""
        for counter in self.counters:
            counter.update()


def open_gpu_meter(library: Any = None, visible: str | None = None) -> GpuMeter:
    """Return a meter of the GPUs that this process may use.

    GPUs before Volta have no counter, and a slice of a GPU (MIG) has none of its own: then
    there is no number. A machine that counts some of its GPUs only has none either.

    Parameters
    ----------
    library
        NVML's; by default it is imported, if it is installed.
    visible
        What `VISIBLE` holds; by default it is looked up.
    """
    library = _imported() if library is None else library
    if library is None:
        return GpuMeter()
    visible = os.environ.get(VISIBLE) if visible is None else visible
    try:
        library.nvmlInit()
        return GpuMeter([_counter(library, handle) for handle in _handles(library, visible)])
    except Exception:
        # No driver, no such GPU, or no counter: the library has an error of its own for each.
        return GpuMeter()


def _imported() -> Any:
    with suppress(ImportError):
        return importlib.import_module(MODULE)
    return None


def _handles(library: Any, visible: str | None) -> list[Any]:
    if visible is None:
        return [library.nvmlDeviceGetHandleByIndex(i) for i in range(library.nvmlDeviceGetCount())]
    return [_handle(library, name.strip()) for name in visible.split(",") if name.strip()]


def _handle(library: Any, name: str) -> Any:
    if name.isdigit():
        return library.nvmlDeviceGetHandleByIndex(int(name))
    return library.nvmlDeviceGetHandleByUUID(name)


def _counter(library: Any, handle: Any) -> GpuCounter:
    def read() -> int:
        return int(library.nvmlDeviceGetTotalEnergyConsumption(handle))

    now = read()
    return GpuCounter(read, now, now)
