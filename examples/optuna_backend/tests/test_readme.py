import re
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def test_the_readme_states_the_length_of_the_backend():
    files = (PACKAGE / "harness_optuna").glob("*.py")
    lines = sum(len(file.read_text().splitlines()) for file in files)
    stated = re.search(r"^(\d+) lines", (PACKAGE / "README.md").read_text(), re.MULTILINE)
    assert int(stated[1]) == lines
