"""Files for libraries that encode the names of files as UTF-8, whatever the locale says."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO


def readable_natively(path: Path) -> AbstractContextManager[Path | BinaryIO]:
    """Return what torch and Arrow can read: the path, which is fastest, or else the open file.

    Raises
    ------
    OSError
        If the file cannot be opened.
    """
    if sys.getfilesystemencoding() == "utf-8" or str(path).isascii():
        return nullcontext(path)
    return path.open("rb")
