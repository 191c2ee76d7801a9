"""Every code block of the pages runs, or is checked as far as it can be without running.

A block runs in the order of its page unless a comment stands before it:
``<!-- not run: REASON -->`` has it checked only, ``<!-- file: NAME -->`` has it
saved as a file for the blocks that follow.
"""

import shlex
import subprocess
import sys

import click
import pytest
import typer
import yaml

from harness.cli.main import app
from harness.config import build_config, validate_config
from harness.study.definition import load_study

SEPARATORS = {"&&", "||", "|", ";", ">", ">>", "<", "2>", "&"}


def harness_commands(code):
    """Return the arguments of each ``harness`` command in a shell block."""
    found = []
    for line in code.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars="();<>|&")
        lexer.whitespace_split = True
        words = list(lexer)
        while words:
            end = next((i for i, word in enumerate(words) if word in SEPARATORS), len(words))
            command, words = words[:end], words[end + 1 :]
            while command and "=" in command[0] and not command[0].startswith("-"):
                command.pop(0)
            if command and command[0].split("/")[-1] == "harness":
                found.append(command[1:])
    return found


def parse(arguments):
    """Parse a command as the command line does, without running it."""
    group = typer.main.get_command(app)
    context = click.Context(group, info_name="harness")
    name, command, rest = group.resolve_command(context, list(arguments))
    if rest not in ([], ["--help"]) or any(p.required for p in command.params):
        settings = command.make_context(name, rest, parent=context).params
        if name == "run" and settings["config"] is None:
            given = {key: value for key, value in settings.items() if key in RUN_OPTIONS}
            build_config(None, given, settings["set_"] or [])


RUN_OPTIONS = {"backend", "algo", "workload", "precision", "workers", "trials", "epochs", "seed"}
RUN_OPTIONS |= {"ranks_per_trial", "checkpoint_interval", "time_limit"}


def test_shell_blocks_are_shell_and_their_commands_exist(sh_block):
    done = subprocess.run(
        ["bash", "-n"], input=sh_block.code, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    for arguments in harness_commands(sh_block.code):
        parse(arguments)


def test_python_blocks_compile(python_block):
    compile(python_block.code, str(python_block), "exec")


def test_yaml_blocks_are_runs_or_studies(yaml_block, tmp_path):
    values = yaml.safe_load(yaml_block.code)
    if "grid" not in values:
        validate_config(values)
        return
    # A study may include files beside it.
    folder = yaml_block.page.parent / "studies"
    if isinstance(values.get("config"), str):
        for entry in [values, *values.get("overrides", [])]:
            if "config" in entry:
                entry["config"] = str((folder / entry["config"]).resolve())
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(values, sort_keys=False))
    load_study(tmp_path / "study.yaml")


@pytest.mark.skipif(sys.version_info < (3, 11), reason="tomllib comes with Python 3.11")
def test_toml_blocks_parse(toml_block):
    import tomllib

    assert tomllib.loads(toml_block.code)


@pytest.mark.slow
def test_the_blocks_of_a_page_run_in_order(page, run_page):
    run_page(page)


@pytest.mark.parametrize(
    "line",
    [
        "harness run --algos asha",
        "harness run --trials many",
        "harness run --set trails=3",
        "cd x && harness shov runs",
        "HARNESS_DATA=x .venv/bin/harness report",
    ],
)
def test_a_wrong_command_in_a_page_is_found(line):
    with pytest.raises(Exception, match=r"(?i)no such|valid integer|trials|missing"):
        [parse(arguments) for arguments in harness_commands(line)]
