"""Collects the code blocks of the pages, and gives each page a directory to run them in."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MINUTES = {"write-a-workload.md", "write-a-backend.md", "dashboards.md"}
"""The pages that search on every engine, run the whole kit or fill three dashboards."""

PAGES = sorted(
    [
        ROOT / "README.md",
        *ROOT.glob("docs/*.md"),
        ROOT / "configs/README.md",
        ROOT / "jobs/README.md",
        *ROOT.glob("examples/*/README.md"),
    ]
)
TIMEOUT_S = 900
_FENCE = re.compile(
    r"(?:<!-- (?P<mark>not run|file): (?P<note>[^>]+?) -->\n+)?"
    r"^```(?P<language>sh|python|yaml|toml)\n(?P<code>.*?)^```$",
    flags=re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A fenced block; `file` is the name it is saved under, `not_run` why it is not run."""

    page: Path
    line: int
    language: str
    code: str
    not_run: str | None
    file: str | None

    def __str__(self):
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def runs(self):
        return self.language in {"sh", "python"} and self.not_run is None and self.file is None


def blocks_of(page):
    text = page.read_text()
    for found in _FENCE.finditer(text):
        marks = {found["mark"]: found["note"]}
        line = text.count("\n", 0, found.start("language")) + 1
        yield Block(
            page, line, found["language"], found["code"], marks.get("not run"), marks.get("file")
        )


BLOCKS = [block for page in PAGES for block in blocks_of(page)]


def pytest_generate_tests(metafunc):
    if "page" in metafunc.fixturenames:
        running = sorted({block.page for block in BLOCKS if block.runs})
        pages = [
            pytest.param(
                page,
                id=str(page.relative_to(ROOT)),
                marks=pytest.mark.long if page.name in MINUTES else (),
            )
            for page in running
        ]
        metafunc.parametrize("page", pages)
    for language in ("sh", "python", "yaml", "toml"):
        if f"{language}_block" in metafunc.fixturenames:
            chosen = [block for block in BLOCKS if block.language == language]
            metafunc.parametrize(f"{language}_block", chosen, ids=map(str, chosen))


@pytest.fixture
def run_page(tmp_path):
    """Runs the blocks of a page in order, in a directory that sees the checkout's folders.

    What the page installs goes into a folder beside it, not into this environment.
    """
    work, installed = tmp_path / "work", tmp_path / "installed"
    work.mkdir()
    for name in ("examples", "configs", "jobs", "benchmarks", "docs", "constraints.txt"):
        if (ROOT / name).exists():
            (work / name).symlink_to(ROOT / name)
    environment = {
        **{name: value for name, value in os.environ.items() if name != "HARNESS_DATA"},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(installed),
        "PIP_TARGET": str(installed),
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",
        "PIP_QUIET": "1",
    }

    def run(page):
        for block in blocks_of(page):
            if block.file is not None:
                (work / block.file).parent.mkdir(parents=True, exist_ok=True)
                (work / block.file).write_text(block.code)
            elif block.runs:
                shell = ["bash", "-euo", "pipefail", "-c", block.code]
                command = shell if block.language == "sh" else [sys.executable, "-c", block.code]
                done = subprocess.run(
                    command,
                    cwd=work,
                    env=environment,
                    capture_output=True,
                    text=True,
                    timeout=TIMEOUT_S,
                )
                assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"

    return run


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def tutorial_code():
    """The Python of all pages."""
    return [block.code for block in BLOCKS if block.language == "python"]
