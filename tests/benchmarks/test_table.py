import json

import pytest

from benchmarks import table
from benchmarks.measured import Target, median_of
from benchmarks.table import ROWS, main


def test_the_table_has_every_row_of_the_package():
    assert set(ROWS) == {
        "amp-search",
        "harness-to-baseline",
        "epoch-report",
        "utilisation",
        "start-up",
        "training-efficiency",
        "cost-growth",
        "verdict-simulation",
        "virtual-time",
    }


def test_an_unknown_row_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["epoch-reprot"])
    assert "no row 'epoch-reprot'" in capsys.readouterr().err


def test_a_row_that_fails_leaves_the_others(monkeypatch, tmp_path, capsys):
    def measure(conditions):
        return [median_of("good", "core", [0.1], unit="ms", target=Target(0.3, "at most"))]

    def fail(conditions):
        raise OSError("no space left")

    monkeypatch.setattr(table, "ROWS", {"bad": fail, "good": measure})
    path = tmp_path / "table.json"
    with pytest.raises(SystemExit) as ended:
        main(["--json", str(path), "--quick"])
    assert ended.value.code == 1
    written = json.loads(path.read_text())
    assert written["failed"] == {"bad": "OSError: no space left"}
    assert [(n["row"], n["target"], n["met"]) for n in written["measured"]] == [
        ("good", "≤ 0.3", True)
    ]
    assert written["hardware"]["cores"] >= 1
    assert "| good | core | 0.1 ms | 1 | ≤ 0.3 | yes |" in capsys.readouterr().out
