"""The paper's directions on searches in virtual time: pairs by seed, judged as a report does."""

import numpy as np
import pandas as pd

from benchmarks.replay.paper_directions import directions, ratios

SEEDS = 20


def rows(algo, gain, source="closed form", interval=1, loss=0.0, mode="max"):
    """Return searches whose runtime AMP divides by about `gain`, and whose value it lowers."""
    generator = np.random.default_rng(len(algo) + interval)
    for seed in range(SEEDS):
        full_s, value = 100 + 10 * generator.random(), 0.5 + 0.1 * generator.random()
        same = {"source": source, "algo": algo, "slots": 16, "trials": 16, "trial_s": 0.0}
        same |= {"interval": interval, "states": "free", "seed": seed, "mode": mode}
        for precision, runtime_s, best in (
            ("fp32", full_s, value),
            ("amp", full_s / (gain + 0.01 * generator.standard_normal()), value - loss),
        ):
            found = {"runtime_s": runtime_s, "best_value": best, "epochs": 9, "winner": "{}"}
            yield {**same, "precision": precision, **found}


def verdicts(*kinds):
    found = directions(ratios(pd.DataFrame([row for kind in kinds for row in kind])), 1.45)
    return [direction.verdict for direction in found]


def test_searches_are_paired_by_seed():
    paired = ratios(pd.DataFrame([*rows("asha", 1.3), *rows("rand", 1.45)]))
    assert len(paired) == 2 * SEEDS
    assert abs(paired[paired["algo"] == "asha"]["ratio"].mean() - 1.3) < 0.02


def test_what_the_paper_finds_is_supported_where_it_holds():
    held = [
        rows("bohb", 1.44, "cifar10"),
        rows("asha", 1.1, "cifar10"),
        rows("pbt", 0.95),
        rows("pbt", 1.2, interval=5),
    ]
    assert verdicts(*held) == ["supported"] * 4


def test_what_the_paper_finds_is_contradicted_where_it_does_not_hold():
    against = [
        rows("bohb", 1.1, "cifar10", loss=0.05),
        rows("asha", 1.6, "cifar10"),
        rows("pbt", 1.3),
        rows("pbt", 0.9, interval=5),
    ]
    assert verdicts(*against) == ["contradicted"] * 4


def test_closed_forms_say_nothing_of_the_metric_and_errors_are_compared_as_ratios():
    assert verdicts(rows("rand", 1.4))[3] == "no case"
    assert verdicts(rows("rand", 1.4, "cfd", loss=-0.1, mode="min"))[3] == "contradicted"
