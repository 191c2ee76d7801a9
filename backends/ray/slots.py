"""Gives each training process a worker slot of its own."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

_POLL_S = 0.02


class SlotClaim:
    """A slot that this process holds until it lets go or dies.

    Ray may start more processes than there are slots: an actor that failed is
    replaced, and the old process may still be shutting down. The operating
    system's file locks decide who has a slot, because a lock goes with the
    process that held it, however that process ended. The directory must be on a
    file system with locks (Lustre: mounted with ``flock``).

    Parameters
    ----------
    slot
        The slot's number, from 0.
    descriptor
        The open, locked file.
    """

    def __init__(self, slot: int, descriptor: int) -> None:
        self.slot = slot
        self._descriptor = descriptor

    def release(self) -> None:
        """Let go of the slot; a second call does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def claim_slot(directory: Path, slots: int) -> SlotClaim:
    """Wait until a slot is free, and take the first that is.

    Parameters
    ----------
    directory
        Holds one lock file a slot; shared by all processes of the search.
    slots
        How many slots there are.

    Raises
    ------
    OSError
        If the file system has no locks.
    """
    directory.mkdir(parents=True, exist_ok=True)
    while True:
        for slot in range(slots):
            claim = _try_claim(directory / f"{slot}.lock", slot)
            if claim is not None:
                return claim
        time.sleep(_POLL_S)


def _try_claim(path: Path, slot: int) -> SlotClaim | None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError:
        os.close(descriptor)
        raise
    return SlotClaim(slot, descriptor)
