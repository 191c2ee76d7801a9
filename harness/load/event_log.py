"""Checks the event log of a run that has not ended, and names what cannot be read."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict, create_model

from harness.load.fields import complaint
from harness.records.events import Event
from harness.records.happenings import Happening
from harness.records.lines import event_of


def log_complaint(lines: Iterable[tuple[str, Event]]) -> str | None:
    """Return what is wrong with the first line that cannot be read; None if all can.

    Parameters
    ----------
    lines
        Writer and event, as `harness.records.events.read_events` returns them.
    """
    fields: dict[str, type[BaseModel]] = {}
    for writer, line in lines:
        file = f"events/{writer}.jsonl"
        try:
            kind = type(event_of(line))
        except KeyError as error:
            return f"{file}: {error.args[0]}"
        if kind.__name__ not in fields:
            fields[kind.__name__] = _fields_of(kind)
        wrong = complaint(fields[kind.__name__], line, f"{file}: an event '{line['event']}'")
        if wrong is not None:
            return wrong
    return None


def _fields_of(kind: type[Happening]) -> type[BaseModel]:
    hints = typing.get_type_hints(kind)
    fields: dict[str, Any] = {}
    for field in dataclasses.fields(kind):
        own = _open(hints[field.name])
        # Earlier releases wrote null for what was not known.
        if field.default is not dataclasses.MISSING:
            fields[field.name] = (own | None, None)
        else:
            filled = field.default_factory is not dataclasses.MISSING
            fields[field.name] = (own, {} if filled else ...)
    config = ConfigDict(strict=True, extra="ignore")
    model: type[BaseModel] = create_model(kind.__name__, __config__=config, **fields)
    return model


def _open(hint: Any) -> Any:
    """Let words be any: a later release knows more of them."""
    if typing.get_origin(hint) is typing.Literal:
        return str
    parts = typing.get_args(hint)
    if any(typing.get_origin(part) is typing.Literal for part in parts):
        return typing.Union[tuple(map(_open, parts))]  # noqa: UP007
    return hint
