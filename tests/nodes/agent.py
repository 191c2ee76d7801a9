"""What a launcher calls instead of ssh: ``agent.py HOST COMMAND…`` runs a command in a node.

As with ssh, the command is a line for a shell, in the home folder, with a bare environment.
"""

import json
import os
import socket
import sys
import time
from pathlib import Path

BARE = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": "/root", "LANG": "C.UTF-8"}


def ask(folder, host, command, environ, where, descriptors):
    """Have a node run a command with these file descriptors; return the connection to it."""
    asking = socket.socket(socket.AF_UNIX)
    asking.connect(str(Path(folder) / f"{host}.sock"))
    request = {"command": command, "environ": environ, "folder": str(where)}
    socket.send_fds(asking, [json.dumps(request).encode()], descriptors)
    return asking


def exit_code(asking):
    """Wait for a command's end; for ever if its node died, of which a network says nothing."""
    answer = asking.recv(64)
    while not answer:
        time.sleep(60.0)
    return int(answer)


def main():
    host, command = sys.argv[1], " ".join(sys.argv[2:])
    environ = {**BARE, "HOME": os.environ.get("HOME", "/root")}
    asking = ask(
        Path(__file__).parent, host, ["sh", "-c", command], environ, environ["HOME"], [0, 1, 2]
    )
    sys.exit(exit_code(asking) % 256)


if __name__ == "__main__":
    main()
