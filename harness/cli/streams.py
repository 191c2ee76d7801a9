"""Standard output and error that outlive a missing character and a reader that has gone."""

from __future__ import annotations

import codecs
import io
import os
import sys
import unicodedata
from typing import TextIO

SHOWN = "harness-shown"
"""The name of the error handler that replaces what an encoding lacks."""

_ALIKE = {
    "–": "-",
    "—": "-",
    "·": "-",
    "…": "~",
    "×": "x",
    "÷": "/",
    "█": "#",
    "→": ">",
    "≤": "<",
    "≥": ">",
    "±": "~",
    "µ": "u",
    "η": "n",
    "’": "'",
}
"""One character each, so that tables stay aligned."""


class LastingStream(io.TextIOWrapper):
    """A stream to a terminal, a file or a pipe.

    What its encoding lacks is shown by what looks alike. When a pipe's reader has gone, as
    ``head -1`` does, what follows goes nowhere: nobody wants it, and the work goes on.
    """

    def write(self, text: str) -> int:
        """Write text."""
        try:
            return super().write(text)
        except BrokenPipeError:
            self._go_nowhere()
            return len(text)

    def flush(self) -> None:
        """Write what is held back."""
        try:
            super().flush()
        except BrokenPipeError:
            self._go_nowhere()

    def _go_nowhere(self) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, self.fileno())
        finally:
            os.close(nowhere)


def make_streams_last() -> None:
    """Put lasting streams in the place of this process' standard output and error."""
    codecs.register_error(SHOWN, _shown)
    sys.stdout = sys.__stdout__ = _lasting(sys.stdout)  # type: ignore[misc,assignment]
    sys.stderr = sys.__stderr__ = _lasting(sys.stderr)  # type: ignore[misc,assignment]


def _lasting(stream: TextIO | None) -> TextIO | None:
    # It is None where the stream was closed before the command started, and of another class
    # where somebody else, as a test, has put a stream of its own in its place.
    if type(stream) is not io.TextIOWrapper:
        return stream
    encoding, by_line = stream.encoding, stream.line_buffering
    through = stream.write_through
    stream.flush()
    return LastingStream(
        stream.detach(),
        encoding=encoding,
        errors=SHOWN,
        line_buffering=by_line,
        write_through=through,
    )


def _shown(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(map(_alike, lacking)), error.end


def _alike(character: str) -> str:
    plain = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return _ALIKE.get(character) or plain[:1] or "?"
