"""Makes what is drawn from global generators, such as dropout, follow from one number."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


@contextmanager
def seeded_draws(device: torch.device, *entropy: int) -> Iterator[None]:
    """Seed the global generators of torch, numpy and Python; give them back afterwards.

    Nothing that is drawn outside changes what is drawn within, and the other way round.
    A state needs to hold the numbers only, not the generators.

    Parameters
    ----------
    device
        Its generator is seeded beside the processor's.
    entropy
        What the draws follow from: non-negative integers.
    """
    seed = int(np.random.SeedSequence(entropy).generate_state(1)[0])
    python_state, numpy_state = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.default_generator.manual_seed(seed)
        if device.type == "cuda":
            with torch.cuda.device(device):
                torch.cuda.manual_seed(seed)
        random.seed(seed)
        np.random.seed(seed)
        try:
            yield
        finally:
            random.setstate(python_state)
            np.random.set_state(numpy_state)
