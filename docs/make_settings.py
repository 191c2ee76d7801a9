"""Writes docs/settings.md from the models of all settings: ``python docs/make_settings.py``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from harness.config import RunConfig
from harness.plugins.loading import load_backend, load_workload_class

PAGE = Path(__file__).with_name("settings.md")
ENGINES = ("ray", "deephyper", "propulate")
NETWORKS = ("digits", "cifar10", "imagenet", "cfd")

_HEAD = """\
# Settings

Made from the program by `python docs/make_settings.py`; a test compares.

A search is described by these keys: in a YAML file (`harness run --config FILE`), as options of
`harness run` (`--trial-timeout` for `trial_timeout`) where it has one, and all others as
`--set KEY=VALUE`. Values are YAML. What is given last wins: the file, the options, `--set`. A wrong
key or value is refused before anything is written. A default of – is worked out from the rest, or
there is none; `run.yaml` in the run directory holds what came out.
"""


def page() -> str:
    """Return the page."""
    parts = [_HEAD, *_table("A search", "", RunConfig.model_fields)]
    for name in ENGINES:
        options = load_backend(name).engine_options
        parts += _table(f"Options of {name}", "engine.", options.model_fields)
    for name in NETWORKS:
        options = load_workload_class(name).options_model
        parts += _table(f"Options of {name}", "workload_options.", options.model_fields)
    return "\n".join(parts)


def _table(title: str, prefix: str, fields: Mapping[str, FieldInfo]) -> Iterator[str]:
    yield f"## {title}\n"
    if prefix:
        yield f"Given as `--set {prefix}NAME=VALUE`, or under `{prefix[:-1]}:` in a file.\n"
    yield "| key | default | meaning |"
    yield "|---|---|---|"
    for name, field in fields.items():
        yield f"| `{name}` | {_default(field)} | {_one_line(field.description or '')} |"
    yield ""


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    return "–" if value is None else f"`{json.dumps(value, default=str)}`"


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
