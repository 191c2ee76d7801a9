from __future__ import annotations

import sys
import textwrap

import pytest

from harness.cli.main import main
from harness.plugins.loading import BACKENDS
from tests.harness.plugins.strangers import BACKEND, WORKLOAD


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Installs a throw-away package of the given entry points."""
    number = 0

    def install(group, entries, package="stranger", source=None):
        nonlocal number
        number += 1
        module = f"stranger_{number}_{tmp_path.name}"
        site = tmp_path / f"site{number}"
        information = site / f"{package}-1.0.dist-info"
        information.mkdir(parents=True)
        text = source or (BACKEND if group == BACKENDS else WORKLOAD)
        (site / f"{module}.py").write_text(textwrap.dedent(text))
        (information / "METADATA").write_text(f"Name: {package}\nVersion: 1.0\n")
        lines = [f"{name} = {value.format(module=module)}" for name, value in entries.items()]
        (information / "entry_points.txt").write_text("\n".join([f"[{group}]", *lines]) + "\n")
        monkeypatch.syspath_prepend(site)
        return module

    return install


@pytest.fixture
def command(monkeypatch, capsys, tmp_path):
    """Runs the console command in this process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["harness", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return ended.value.code or 0, captured.out, captured.err

    return run
