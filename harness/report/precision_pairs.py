"""The same configurations trained in two precisions: random search has them."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from harness.report.collection import Collection

PAIRED_ALGORITHM = "rand"
"""Configuration number i of a seed is the same in every precision and on every backend."""

_PAIR = ["problem", "metric", "mode", "backend", "search", "seed", "block"]


CONTROL = "other data order"
"""Names pairs of one precision that differ in weights and data order alone."""

_DRAWN = ["problem", "metric", "mode", "backend", "search", "drawn"]


def _pairs_of_runs(collection: Collection) -> Iterator[tuple[pd.Series, pd.Series, str]]:
    """Yield the runs of random search that differ in nothing but their precision, and its name.

    Runs of the baseline with the same configurations and split, and with other weights and
    another data order, are yielded as their control.
    """
    rand = collection.table[collection.table["algo"] == PAIRED_ALGORITHM]
    for _key, own in rand.groupby(_PAIR, sort=False):
        full = own[own["precision"] == collection.baseline]
        if full.empty:
            continue
        for _precision, reduced in own[own["precision"] != collection.baseline].groupby(
            "precision", sort=False
        ):
            yield full.iloc[0], reduced.iloc[0], str(reduced["precision"].iloc[0])
    baseline = rand[rand["precision"] == collection.baseline]
    for _key, own in baseline.groupby(_DRAWN, sort=False):
        again = own.drop_duplicates("block")
        for place in range(1, len(again)):
            yield again.iloc[0], again.iloc[place], f"{collection.baseline}, {CONTROL}"


def paired_trials(collection: Collection) -> pd.DataFrame:
    """Return one row a configuration that succeeded in both precisions.

    Returns
    -------
    pandas.DataFrame
        ``problem``, ``workload``, ``metric``, ``mode``, ``backend``, ``search``,
        ``seed``, ``block``, ``precision`` (the reduced one, or the name of a control),
        ``number``; of either run ``full_run``, ``full_trial`` and ``full_value`` (the
        trial's best), and ``reduced_…`` likewise.
    """
    by_run = dict(iter(collection.trials.groupby("run", sort=False)))
    parts = []
    for full, reduced, precision in _pairs_of_runs(collection):
        one, other = by_run.get(full["run"]), by_run.get(reduced["run"])
        if one is None or other is None:
            continue
        joined = _columns(one, "full").merge(_columns(other, "reduced"), on=["number", "config"])
        named = {name: reduced[name] for name in (*_PAIR, "workload")} | {"precision": precision}
        parts.append(joined.assign(**named, full_run=full["run"], reduced_run=reduced["run"]))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=_COLUMNS)


_COLUMNS = [
    *(*_PAIR, "workload", "precision", "number", "config"),
    *(f"{side}_{what}" for side in ("full", "reduced") for what in ("run", "trial", "value")),
]


def _columns(trials: pd.DataFrame, side: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "number": trials["number"],
            "config": trials["config"].astype(str),
            f"{side}_trial": trials["trial_id"].astype(str),
            f"{side}_value": trials["best_value"],
        }
    )


def paired_epochs(collection: Collection) -> pd.DataFrame:
    """Return one row an epoch that a configuration trained in both precisions.

    Returns
    -------
    pandas.DataFrame
        The columns of `paired_trials`, ``epoch``, and ``full_s`` and
        ``reduced_s``: the seconds that it trained and validated.
    """
    trials = paired_trials(collection)
    # An emulated epoch takes as long as one in full precision, whatever the precision gains.
    timed = set(collection.timed["run"])
    chosen = timed & {*trials["full_run"], *trials["reduced_run"]}
    epochs = collection.epochs[collection.epochs["run"].isin(chosen)]
    seconds = pd.DataFrame(
        {
            "run": epochs["run"],
            "trial": epochs["trial_id"].astype(str),
            "epoch": epochs["epoch"],
            "s": epochs["train_s"] + epochs["validate_s"],
        }
    )
    joined = trials.merge(seconds.add_prefix("full_"), on=["full_run", "full_trial"])
    joined = joined.rename(columns={"full_epoch": "epoch"})
    other = seconds.add_prefix("reduced_").rename(columns={"reduced_epoch": "epoch"})
    return joined.merge(other, on=["reduced_run", "reduced_trial", "epoch"])
