import pandas as pd

from harness.load.config_columns import with_config_columns


def test_hyperparameters_get_columns_beside_the_json():
    given = ['{"lr": 0.1, "layers": 2}', '{"lr": 0.2, "dropout": 0.5}', None, '{"lr": 0.1}']
    for column in (pd.Series(given), pd.Series(given).astype("category")):
        frame = with_config_columns(pd.DataFrame({"config": column, "value": [1.0, 2, 3, 4]}))
        assert list(frame) == ["config", "value", "config.lr", "config.layers", "config.dropout"]
        assert frame["config.lr"].dtype == float
        assert frame["config.lr"].dropna().tolist() == [0.1, 0.2, 0.1]
        assert frame["config.dropout"].isna().tolist() == [True, False, True, True]


def test_an_empty_frame_stays_as_it_is():
    assert list(with_config_columns(pd.DataFrame({"config": []}))) == ["config"]
