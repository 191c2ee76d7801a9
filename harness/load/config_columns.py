"""One column a hyperparameter, beside the configurations' JSON."""

from __future__ import annotations

import json

import pandas as pd


def with_config_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with a column ``config.NAME`` for each hyperparameter in ``config``.

    What a configuration lacks, because it is not active in it, is missing in its row.

    Parameters
    ----------
    frame
        Has a column ``config`` of JSON.
    """
    codes, texts = pd.factorize(frame["config"])
    configs = [json.loads(text) for text in texts]
    names = list(dict.fromkeys(name for config in configs for name in config))
    # A row without a configuration has the code -1, which is the last one.
    configs.append({})
    columns = {
        f"config.{name}": pd.Series(
            [configs[code].get(name) for code in codes], index=frame.index, dtype=object
        ).infer_objects()
        for name in names
    }
    return pd.concat([frame, pd.DataFrame(columns, index=frame.index)], axis=1)
