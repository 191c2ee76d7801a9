"""What kind of fault ended a trial."""

from __future__ import annotations

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
