"""Checkpoints: a trial's state on disk, whole or absent, and checked when it is read."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BufferedReader
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import xxhash

from harness.checkpoints.packing import pack, unpack
from harness.machine.native_files import readable_natively

_TRAILER = struct.Struct("<Q16s16s")
"""Length and XXH3-128 of what comes before, and the mark that tells the format."""

_MARK = b"harness-state-02"

_READ_BYTES = 2**20


class DamagedCheckpoint(RuntimeError):
    """A checkpoint's file is not what was written: cut off, altered, or no checkpoint."""


@dataclass(frozen=True)
class Checkpoint:
    """The state of a trial after an epoch.

    Attributes
    ----------
    trial_id
        Whose state it is: a restore into another trial is an exploit.
    epoch
        The last epoch that is in the state.
    config
        The configuration it was trained with last.
    best_value, best_epoch
        The trial's best validation value up to `epoch`.
    training
        The training's own state (`Training.state_dict`).
    """

    trial_id: str
    epoch: int
    config: Mapping[str, Any]
    best_value: float
    best_epoch: int
    training: Mapping[str, Any]


def write_checkpoint(checkpoint: Checkpoint, path: Path) -> None:
    """Write a checkpoint; it appears under `path` only when it is complete.

    Raises
    ------
    OSError
        If the file system refuses the write.
    """
    import torch

    path.parent.mkdir(parents=True, exist_ok=True)
    partial = _partial(path)
    try:
        with partial.open("wb") as file:
            digested = _DigestedFile(file)
            content = {
                **vars(checkpoint),
                "config": dict(checkpoint.config),
                "training": pack(checkpoint.training),
            }
            with _without_crc32():
                # Torch calls nothing but `write` and `flush`.
                torch.save(content, cast(IO[bytes], digested))
            file.write(_TRAILER.pack(digested.length, digested.digest, _MARK))
        partial.replace(path)
    except RuntimeError as error:
        # Torch hides what its file said.
        cause = error.__context__
        raise cause if isinstance(cause, OSError) else error from None
    finally:
        partial.unlink(missing_ok=True)


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint without executing code from it.

    Raises
    ------
    OSError
        If the file cannot be read.
    DamagedCheckpoint
        If its length or its checksum is not that of what was written.
    pickle.UnpicklingError
        If it holds anything but tensors and plain values.
    """
    import torch

    _verify(path)
    # From a path torch reads many times faster than from bytes; it passes over the trailer.
    with readable_natively(path) as readable:
        content = torch.load(readable, map_location="cpu", weights_only=True)
    return Checkpoint(**{**content, "training": unpack(content["training"])})


def is_whole(path: Path) -> bool:
    """Whether a file is there and is a checkpoint as it was written."""
    try:
        _verify(path)
    except (OSError, DamagedCheckpoint):
        return False
    return True


def link_checkpoint(source: Path, target: Path) -> None:
    """Give a checkpoint a second name, without writing its content again where that is possible.

    Checkpoints are replaced and never changed, so both names keep what they have.

    Raises
    ------
    OSError
        If the file system refuses.
    """
    import shutil

    target.parent.mkdir(parents=True, exist_ok=True)
    partial = _partial(target)
    try:
        try:
            os.link(source, partial)
        except FileNotFoundError:
            raise
        except OSError:
            # Some file systems have no hard links.
            shutil.copyfile(source, partial)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _partial(path: Path) -> Path:
    return path.with_name(f".{path.name}.{socket.gethostname()}.{os.getpid()}")


def _verify(path: Path) -> None:
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size < _TRAILER.size:
            raise DamagedCheckpoint(f"'{path}' is cut off.")
        read, found = _digest(file, size - _TRAILER.size)
        length, digest, mark = _TRAILER.unpack(file.read(_TRAILER.size).ljust(_TRAILER.size))
    if mark != _MARK or length != read:
        raise DamagedCheckpoint(f"'{path}' is cut off, or is no checkpoint.")
    if found != digest:
        raise DamagedCheckpoint(f"'{path}' is damaged: its checksum is another one.")


def _digest(file: BufferedReader, size: int) -> tuple[int, bytes]:
    """Return how many of the next `size` bytes there are, and their checksum."""
    checksum, buffer = xxhash.xxh3_128(), memoryview(bytearray(_READ_BYTES))
    left = size
    while left and (read := file.readinto(buffer[:left])):
        checksum.update(buffer[:read])
        left -= read
    return size - left, checksum.digest()


@contextmanager
def _without_crc32() -> Iterator[None]:
    """Have torch reckon no checksum; the trailer has one, and two would take twice the time."""
    import torch

    before = torch.serialization.get_crc32_options()
    torch.serialization.set_crc32_options(False)
    try:
        yield
    finally:
        torch.serialization.set_crc32_options(before)


class _DigestedFile:
    """Passes writes on, and reckons their length and checksum."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._checksum = xxhash.xxh3_128()
        self.length = 0

    @property
    def digest(self) -> bytes:
        return self._checksum.digest()

    def write(self, data: bytes) -> int:
        self._checksum.update(data)
        self.length += memoryview(data).nbytes
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()


def take_snapshot(checkpoint: Checkpoint) -> Checkpoint:
    """Return a checkpoint that later training does not change."""
    return replace(checkpoint, training=snapshot(checkpoint.training))


def snapshot(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a state that later training does not change."""
    return {key: _snapshot(value) for key, value in state.items()}


def _snapshot(value: Any) -> Any:
    import torch

    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if isinstance(value, Mapping):
        return snapshot(value)
    if isinstance(value, (list, tuple)):
        return type(value)(_snapshot(item) for item in value)
    return value
