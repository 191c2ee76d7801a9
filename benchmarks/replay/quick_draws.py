"""BOHB's draws, quickly: a replay takes a third of its time.

hpbandster draws each number of a suggestion from scipy's general truncated normal distribution,
which takes most of a replay. In virtual time it costs nothing how long the engine thinks, so that
only its choices count; these are the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from unittest import mock

import numpy as np
from scipy.special import ndtr, ndtri


def truncated_normal(a: float, b: float, loc: float, scale: float) -> float:
    """Draw as ``scipy.stats.truncnorm.rvs`` does, from NumPy's global generator.

    Parameters
    ----------
    a, b
        The bounds in standard deviations, a at most 0 and b at least 0.
    loc, scale
        Mean and deviation before the truncation.
    """
    below = ndtr(a)
    return float(loc + scale * ndtri(below + np.random.uniform() * (ndtr(b) - below)))


@contextmanager
def quick_draws() -> Iterator[None]:
    """Have hpbandster draw so meanwhile."""
    from hpbandster.optimizers.config_generators import bohb

    quick = SimpleNamespace(truncnorm=SimpleNamespace(rvs=truncated_normal))
    with mock.patch.object(bohb, "sps", quick):
        yield
