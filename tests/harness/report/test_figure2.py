import pytest

from harness.report.collection import collect
from harness.report.figure2 import figure2_section
from harness.report.incumbents import Incumbents


def section(runs):
    collection = collect([runs])
    return figure2_section(collection, Incumbents(collection))


def test_every_interval_and_precision_is_a_line(write_runs):
    runs = write_runs(
        algo="pbt", precision=["fp32", "amp"], checkpoint_interval=[1, 5], seed=[0, 1], epochs=6
    )
    found = section(runs)
    (figure,) = found.figures
    labels = [text.get_text() for text in figure.drawing.legends[0].get_texts()]
    assert sorted(labels) == [
        f"pbt interval {interval} {precision}"
        for interval in (1, 5)
        for precision in ("amp", "fp32")
    ]
    saving = found.tables[0].data.set_index(["interval", "precision"])["ledger_checkpoint_save"]
    assert saving["1", "fp32"] == pytest.approx(6 * saving["5", "fp32"])
    assert found.missing == ""


def test_one_interval_alone_is_told(write_runs):
    found = section(write_runs(algo="pbt", trials=4, epochs=3))
    assert len(found.figures) == 1 and "one checkpoint interval" in found.missing
