"""Random search on Ray Tune: a class trainable on actors that go from trial to trial.

    python -m benchmarks.baseline.ray_random --trials 8 --epochs 4 --workers 2 \\
        --data ../shared/data --out by-hand

Each process writes its epochs into a file of its own there.
"""

from __future__ import annotations

from typing import Any

from ray import tune

from benchmarks.baseline.options import BaselineOptions, parse_options
from benchmarks.baseline.ray_cluster import cluster, tune_and_time
from benchmarks.baseline.training import Trainer, configurations


class RandomTrial(tune.Trainable):
    """Trains one trial at a time; its process keeps the data."""

    def setup(self, config: dict[str, Any], options: BaselineOptions) -> None:
        """Load the data, and turn to the first trial."""
        self._trainer = Trainer(options)
        self.reset_config(config)

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Turn to another trial."""
        trial = new_config["trial"]
        self._number, self._config = trial["number"], trial["configuration"]
        self._training = self._trainer.build(self._number, self._config)
        return True

    def step(self) -> dict[str, Any]:
        """Train one epoch."""
        epoch = self.iteration + 1
        value = self._trainer.train_epoch(self._training, self._number, epoch, self._config)
        return {"value": value}


def search(options: BaselineOptions) -> None:
    """Search."""
    listed = [
        {"number": number, "configuration": configuration}
        for number, configuration in enumerate(configurations(options))
    ]
    tune_and_time(options, RandomTrial, {"trial": tune.grid_search(listed)})


if __name__ == "__main__":
    asked = parse_options()
    with cluster(asked):
        search(asked)
