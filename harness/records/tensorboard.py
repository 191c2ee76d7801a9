"""Live TensorBoard scalars of each trial, written by the process that trains it."""

from __future__ import annotations

import importlib.util
import os
import socket
import struct
import warnings
from collections.abc import Callable, Iterator
from io import FileIO
from pathlib import Path

from harness.errors import RequestError
from harness.records.happenings import (
    EPOCH_FIELDS,
    EpochTrained,
    Happening,
    TrialEnded,
    TrialPaused,
)

_SCALARS = {
    kind: [field.name for field in EPOCH_FIELDS if field.metadata["scalar"] == kind]
    for kind in ("quantity", "seconds")
}


class TrialScalars:
    """Turns the events of one slot into one TensorBoard run a trial.

    Call it with each event of the slot. The step is the epoch, the wall time is
    that of the event, and a tag is a column of the epochs table; numeric
    hyperparameters follow as ``config/NAME``. Each epoch can be read when the
    call returns. A write that fails ends the scalars of this slot with a
    warning, and the search goes on.

    Parameters
    ----------
    directory
        What TensorBoard is pointed at (``--logdir``).
    slot
        The slot's number; it keeps the files of two slots apart.
    """

    def __init__(self, directory: Path, slot: int) -> None:
        from tensorboardX.proto.event_pb2 import Event as Message
        from tensorboardX.proto.summary_pb2 import Summary

        self._message, self._summary = Message, Summary
        self._directory = directory
        self._slot = slot
        self._files: dict[str, FileIO] = {}
        self._opened = 0
        self._broken = False

    def __call__(self, event: Happening) -> None:
        """Take one event; those that say nothing of a trial's progress are left out."""
        if self._broken:
            return
        try:
            if isinstance(event, EpochTrained):
                self._write(event)
            elif isinstance(event, TrialEnded | TrialPaused):
                self._close(event.trial_id)
        except OSError as error:
            self._broken = True
            warnings.warn(f"TensorBoard scalars end here: {error}", stacklevel=2)

    def _write(self, event: EpochTrained) -> None:
        value = self._summary.Value
        summary = self._summary(
            value=[value(tag=tag, simple_value=number) for tag, number in scalars(event)]
        )
        message = self._message(wall_time=event.time, step=event.epoch, summary=summary)
        self._file(event).write(framed(message.SerializeToString()))

    def _file(self, event: EpochTrained) -> FileIO:
        trial_id = event.trial_id
        if trial_id not in self._files:
            folder = self._directory / trial_id
            folder.mkdir(parents=True, exist_ok=True)
            self._opened += 1
            file = FileIO(folder / self._file_name(event.time), "w")
            version = self._message(wall_time=event.time, file_version="brain.Event:2")
            file.write(framed(version.SerializeToString()))
            self._files[trial_id] = file
        return self._files[trial_id]

    def _file_name(self, time: float) -> str:
        writer = f"{self._slot}-{os.getpid()}-{self._opened}"
        return f"events.out.tfevents.{time:.0f}.{socket.gethostname()}.{writer}"

    def _close(self, trial_id: str) -> None:
        file = self._files.pop(trial_id, None)
        if file is not None:
            file.close()


def framed(message: bytes) -> bytes:
    """Return a message as TensorFlow's record files hold it, with its checksums.

    tensorboardX's own writer syncs the disk at each flush, which takes
    milliseconds where this takes microseconds.
    """
    from tensorboardX.crc32c import crc32c

    def checksum(data: bytes) -> bytes:
        plain = crc32c(data)
        rotated = (plain >> 15 | plain << 17) & 0xFFFFFFFF
        return struct.pack("<I", (rotated + 0xA282EAD8) & 0xFFFFFFFF)

    length = struct.pack("<Q", len(message))
    return length + checksum(length) + message + checksum(message)


def scalars(event: EpochTrained) -> Iterator[tuple[str, float]]:
    """Yield tag and value of each scalar of an epoch, the validation value first."""
    for name in sorted(_SCALARS["quantity"], key=lambda name: name != "value"):
        yield name, float(getattr(event, name))
    for name in _SCALARS["seconds"]:
        yield f"seconds/{name.removesuffix('_s')}", float(getattr(event, name))
    for name, value in event.config.items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield f"config/{name}", float(value)


def scalars_listener(directory: Path | None, slot: int) -> Callable[[Happening], None] | None:
    """Return what a slot's events are told to; None if no scalars are wanted."""
    return None if directory is None else TrialScalars(directory, slot)


def require_tensorboard() -> None:
    """Check that the library that writes TensorBoard's files is installed.

    Raises
    ------
    RequestError
        If it is not.
    """
    if importlib.util.find_spec("tensorboardX") is None:
        raise RequestError(
            "tensorboard=true needs tensorboardX: pip install 'hpo-harness[tensorboard]'"
        )
