"""Seeds that are drawn from others, so that no two uses share one."""

from __future__ import annotations


def drawn_seed(*entropy: int) -> int:
    """Return the seed that belongs to some numbers.

    Parameters
    ----------
    entropy
        The search's seed, and what tells one use from the others: the number of a
        trial, of a slot, or of the trials that earlier sessions began, for a resumed
        search must not draw again what it drew before.
    """
    import numpy as np

    return int(np.random.SeedSequence(list(entropy)).generate_state(1)[0])
