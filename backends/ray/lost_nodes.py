"""Names the nodes of a cluster that a search loses."""

from __future__ import annotations

import sys
import time
from typing import Any

import ray
from ray import tune
from ray.tune.experiment import Trial

LOOK_S = 5.0
"""How often the cluster is asked for its nodes."""


class LostNodes(tune.Callback):
    """Says on the console which node is lost; Tune takes its trials up elsewhere."""

    def __init__(self) -> None:
        self._alive = _nodes(alive=True)
        self._looked = time.monotonic()

    def on_step_end(self, iteration: int, trials: list[Trial], **info: Any) -> None:
        """Look, now and then, whether a node is gone."""
        if len(self._alive) < 2 or time.monotonic() < self._looked + LOOK_S:
            return
        self._looked = time.monotonic()
        lost = {key: name for key, name in _nodes(alive=False).items() if key in self._alive}
        for name in lost.values():
            print(
                f"{name} is lost: it does not answer any longer. Its trials go on elsewhere.",
                file=sys.stderr,
                flush=True,
            )
        self._alive = _nodes(alive=True)


def _nodes(alive: bool) -> dict[str, str]:
    return {
        node["NodeID"]: node["NodeManagerHostname"]
        for node in ray.nodes()
        if node["Alive"] is alive
    }
