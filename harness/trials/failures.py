"""What kind of fault ended a trial."""

from __future__ import annotations

import os
import signal
import sys

from harness.errors import SearchFailed

FAILURES_IN_A_ROW = 5
"""With so many failures and not one epoch, a worker takes its next trial for hopeless."""

_OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "not enough memory")


def fault_reason(error: BaseException, otherwise: str) -> str:
    """Return the reason that a failed trial's record names.

    Parameters
    ----------
    error
        What the trial raised.
    otherwise
        The reason of a fault that has no name of its own.

    Returns
    -------
    str
        ``nan``, ``timeout``, ``out-of-memory`` or `otherwise`.
    """
    if isinstance(error, FloatingPointError):
        return "nan"
    if isinstance(error, TimeoutError):
        return "timeout"
    # Torch raises a RuntimeError where the processor's memory is used up.
    text = str(error).lower()
    if isinstance(error, MemoryError) or any(sign in text for sign in _OUT_OF_MEMORY):
        return "out-of-memory"
    return otherwise


def end_with_a_broken_gpu() -> None:
    """End this process as if it had been killed, if its GPU takes no more work.

    After an illegal access or a fault of the memory every CUDA call of a process
    fails. Its next trials would all fail at once; whoever looks after dead
    workers starts another process instead.
    """
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_initialized():
        return
    try:
        torch.cuda.synchronize()
    except RuntimeError:
        os.kill(os.getpid(), signal.SIGKILL)


class FailureCount:
    """Ends a search whose trials all fail, instead of failing them one by one.

    Each worker counts for itself: workers need not talk to one another, and a
    fault of the request, the data or the installation meets all of them.
    """

    def __init__(self) -> None:
        self._first_cause: str | None = None
        self._failures = 0
        self._succeeded = False

    def succeeded(self) -> None:
        """Note that a trial has trained an epoch."""
        self._succeeded = True

    def failed(self, cause: str) -> None:
        """Note that a trial failed."""
        self._failures += 1
        self._first_cause = self._first_cause or cause

    def check(self) -> None:
        """Check that the next trial may succeed.

        Raises
        ------
        SearchFailed
            If every trial so far has failed, and they were several.
        """
        if self._failures:
            end_with_a_broken_gpu()
        if not self._succeeded and self._failures >= FAILURES_IN_A_ROW:
            raise SearchFailed(
                f"The first {self._failures} trials of a worker all failed, so the search ends. "
                f"The first cause: {self._first_cause}."
            )
