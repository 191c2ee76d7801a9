import itertools

import pandas as pd
import pytest

from harness.report.write import write_report
from harness.testing.synthetic_runs import write_synthetic_run
from harness.testing.synthetic_search import SyntheticRun


@pytest.fixture
def write_runs(tmp_path):
    """Writes the records of one search for each combination of the settings given as lists."""

    def write(**settings):
        several = {k: v if isinstance(v, list | tuple) else [v] for k, v in settings.items()}
        folder = tmp_path / "runs"
        for values in itertools.product(*several.values()):
            number = len(list(folder.iterdir())) if folder.is_dir() else 0
            run = SyntheticRun(**dict(zip(several, values, strict=True)))
            write_synthetic_run(folder / f"{number:03d}", run)
        return folder

    return write


@pytest.fixture(scope="session")
def study(tmp_path_factory):
    """A report over a small study, with a broken directory beside the runs."""
    root = tmp_path_factory.mktemp("study")
    cells = itertools.product(
        ("ray", "propulate"), ("rand", "asha", "pbt"), ("fp32", "amp"), (0, 1)
    )
    for number, (backend, algo, precision, seed) in enumerate(cells):
        run = SyntheticRun(backend, algo, "cifar10", precision, seed, trials=6, epochs=6)
        write_synthetic_run(root / "runs" / f"{number:03d}", run)
    broken = root / "runs" / "<broken> & half"
    broken.mkdir()
    (broken / "run.yaml").write_text("backend: ray\n")
    return write_report([root / "runs"], root / "report", run_pictures=3)


@pytest.fixture
def table_of():
    """Reads a table of a report."""

    def read(report, name):
        return pd.read_csv(report.page.parent / "tables" / f"{name}.csv")

    return read
