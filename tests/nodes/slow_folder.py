"""A file system that is slow: ``python slow_folder.py BACKING MOUNTPOINT SECONDS``.

Whatever is asked of it goes to the folder behind it, some time later, as on a busy network file
system. The kernel keeps names and attributes for a second; network file systems keep them for
three and more. Locks are the kernel's own.
"""

import os
import sys
import time
from pathlib import Path

import mfusepy


class SlowFolder(mfusepy.Operations):
    """Another folder, each request to it later.

    Parameters
    ----------
    backing
        The folder.
    delay_s
        How much later.
    """

    use_ns = True

    def __init__(self, backing, delay_s):
        self._backing = Path(backing)
        self._delay_s = delay_s

    def _at(self, path):
        time.sleep(self._delay_s)
        return self._backing / path.lstrip("/")

    def getattr(self, path, fh=None):
        at = self._at(path)
        status = os.lstat(at) if fh is None else os.fstat(fh)
        told = {name: getattr(status, name) for name in dir(status) if name.startswith("st_")}
        return {**told, **{f"st_{kind}time": told[f"st_{kind}time_ns"] for kind in "amc"}}

    def readdir(self, path, fh):
        return [".", "..", *(entry.name for entry in self._at(path).iterdir())]

    def open(self, path, flags):
        return os.open(self._at(path), flags)

    def create(self, path, mode, fi=None):
        return os.open(self._at(path), os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)

    def read(self, path, size, offset, fh):
        return os.pread(fh, size, offset)

    def write(self, path, data, offset, fh):
        time.sleep(self._delay_s)
        return os.pwrite(fh, data, offset)

    def truncate(self, path, length, fh=None):
        os.truncate(self._at(path) if fh is None else fh, length)

    def fsync(self, path, datasync, fh):
        os.fsync(fh)

    def release(self, path, fh):
        os.close(fh)

    def rename(self, old, new):
        self._at(old).rename(self._at(new))

    def mkdir(self, path, mode):
        self._at(path).mkdir(mode)

    def rmdir(self, path):
        self._at(path).rmdir()

    def unlink(self, path):
        self._at(path).unlink()

    def chmod(self, path, mode):
        self._at(path).chmod(mode)

    def symlink(self, target, source):
        self._at(target).symlink_to(source)

    def readlink(self, path):
        return str(self._at(path).readlink())

    def utimens(self, path, times=None):
        os.utime(self._at(path), ns=times)


if __name__ == "__main__":
    mfusepy.FUSE(
        SlowFolder(sys.argv[1], float(sys.argv[3])),
        sys.argv[2],
        foreground=True,
        attr_timeout=1,
        entry_timeout=1,
        default_permissions=True,
    )
