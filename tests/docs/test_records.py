import json

import pandas as pd


def test_the_page_names_every_column_and_every_key_of_the_summary(root, sequential_run):
    page = (root / "docs" / "records.md").read_text()
    directory = sequential_run().directory
    names = list(json.loads((directory / "summary.json").read_text()))
    for table in ("trials", "epochs", "spans"):
        names += list(pd.read_parquet(directory / f"{table}.parquet"))
    assert [name for name in names if f"`{name}`" not in page] == []
