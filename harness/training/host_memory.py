"""How this process gets and returns main memory."""

from __future__ import annotations

import ctypes
import functools

_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_LARGEST_INT = 2**31 - 1
# Some versions of glibc refuse more than 32 MiB.
_MMAP_THRESHOLDS = (2**30, 2**25)


@functools.cache
def keep_freed_memory() -> bool:
    """Let the C library keep freed memory for the next allocation of this process.

    Training on the CPU allocates and frees every activation in every step. By
    default glibc hands large blocks back to the kernel, and touching them again
    costs a page fault for every 4 KiB: about a tenth of a training step of a
    small convolutional network. The price is that the process stays at its peak
    memory. Device memory is not concerned.

    Returns
    -------
    bool
        Whether the setting took effect; False where the C library is not glibc.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    mmap_threshold_set = any(mallopt(_M_MMAP_THRESHOLD, size) for size in _MMAP_THRESHOLDS)
    return bool(mmap_threshold_set and mallopt(_M_TRIM_THRESHOLD, _LARGEST_INT))
