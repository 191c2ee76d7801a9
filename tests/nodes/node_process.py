"""Process 1 of a node: sets its namespaces up, then runs what it is asked to.

``python node_process.py NAME FOLDER…``, in new namespaces. The folders are what nodes share
below /tmp; the first has each node's /etc/hosts and takes its socket.
"""

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path


def mount(*arguments):
    subprocess.run(["mount", *map(str, arguments)], check=True)


def set_up(name, folder, more_shared):
    socket.sethostname(name)
    mount("--make-rprivate", "/")
    mount("-t", "tmpfs", "tmpfs", "/dev/shm")
    # A /tmp of its own, with the shared folder at its place.
    private = folder / f"{name}-tmp"
    private.mkdir(exist_ok=True)
    mount("-t", "tmpfs", "tmpfs", private)
    private.chmod(0o1777)
    for shared in [folder, *more_shared]:
        place = private / shared.relative_to("/tmp")
        place.mkdir(parents=True, exist_ok=True)
        mount("--bind", shared, place)
    # Bound and not moved: an ordinary user's namespace refuses what follows a move.
    mount("--rbind", private, "/tmp")
    mount("--bind", folder / f"{name}-hosts", "/etc/hosts")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def serve(listener):
    """Run commands for ever; each has the file descriptors of who asks."""
    running = {}
    signal.signal(signal.SIGCHLD, lambda *_: None)
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    while True:
        ready, _, _ = select.select([listener, reader], [], [])
        if reader in ready:
            os.read(reader, 4096)
            reap(running)
        if listener in ready:
            asked, _ = listener.accept()
            try:
                running[start(asked)] = asked
            except OSError as error:
                print(error, file=sys.stderr, flush=True)
                asked.sendall(b"127")
                asked.close()


def reap(running):
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        asked = running.pop(pid, None)
        if asked is not None:
            with contextlib.suppress(OSError):
                asked.sendall(str(os.waitstatus_to_exitcode(status)).encode())
            asked.close()


def start(asked):
    content, descriptors, _, _ = socket.recv_fds(asked, 1 << 20, 3)
    request = json.loads(content)
    process = subprocess.Popen(
        request["command"],
        env=request["environ"],
        cwd=request["folder"],
        stdin=descriptors[0],
        stdout=descriptors[1],
        stderr=descriptors[2],
        start_new_session=True,
    )
    for descriptor in descriptors:
        os.close(descriptor)
    # Whoever waits for it is `reap`.
    process.returncode = 0
    return process.pid


def main():
    name, folder, *more_shared = sys.argv[1], *map(Path, sys.argv[2:])
    set_up(name, folder, more_shared)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(folder / f"{name}.sock"))
    listener.listen(64)
    print("up", flush=True)
    serve(listener)


if __name__ == "__main__":
    main()
