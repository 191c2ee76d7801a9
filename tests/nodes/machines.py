"""Nodes on one machine: each is a set of Linux namespaces, with a cable to a common switch."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import psutil

from harness.processes.parent import die_with_parent
from tests.nodes.agent import ask

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
NAMESPACES = ["--net", "--uts", "--mount", "--ipc", "--pid", "--fork", "--kill-child"]

WRONG_CLOCK = """
import socket, time

if socket.gethostname() == "{host}":
    right = time.time
    time.time = lambda: right() + {ahead_s}
    time.time_ns = lambda: int((right() + {ahead_s}) * 1e9)
"""

LOOPBACK_OF_DEBIAN = "127.0.1.1"
"""What Debian calls a host's own name by default."""


class Command:
    """A command that runs in a node."""

    def __init__(self, asking: Any, output: IO[bytes]) -> None:
        self._asking = asking
        self._output = output

    def wait(self, timeout: float) -> int:
        """Return its exit code.

        Raises
        ------
        TimeoutError
            If it runs on.
        RuntimeError
            If its node is dead.
        """
        self._asking.settimeout(timeout)
        answer = self._asking.recv(64)
        if not answer:
            raise RuntimeError("the node of this command is dead")
        return int(answer)

    def is_over(self) -> bool:
        """Whether it has ended."""
        self._asking.settimeout(0.0)
        try:
            return self._asking.recv(64, 2) is not None
        except BlockingIOError:
            return False

    def output(self) -> str:
        """Return what it has printed so far."""
        self._output.seek(0)
        return self._output.read().decode(errors="replace")


class Node:
    """A node.

    Parameters
    ----------
    name, address
        What it is called, and where it is.
    process
        Its first process, as this machine sees it.
    machines
        The machines it belongs to.
    """

    def __init__(
        self, name: str, address: str, starter: subprocess.Popen[bytes], machines: Machines
    ) -> None:
        self.name = name
        self.address = address
        self._starter = starter
        self._machines = machines
        self.pid = psutil.Process(starter.pid).children()[0].pid

    def start(
        self, command: Sequence[Any], environ: Mapping[str, str] | None = None, where: Any = None
    ) -> Command:
        """Start a command; both its outputs go into one file."""
        output = tempfile.TemporaryFile(dir=self._machines.folder)  # noqa: SIM115
        with Path(os.devnull).open("rb") as nothing:
            asking = ask(
                self._machines.folder,
                self.name,
                [str(word) for word in command],
                self._machines.environ(environ),
                where or self._machines.folder,
                [nothing.fileno(), output.fileno(), output.fileno()],
            )
        return Command(asking, output)

    def run(
        self,
        command: Sequence[Any],
        environ: Mapping[str, str] | None = None,
        timeout: float = 60.0,
        where: Any = None,
    ) -> tuple[int, str]:
        """Run a command; return its exit code and what it printed."""
        started = self.start(command, environ, where)
        try:
            return started.wait(timeout), started.output()
        except TimeoutError:
            raise AssertionError(f"{command} runs on: {started.output()[-4000:]}") from None

    def cut_off(self) -> None:
        """Pull the node's cable."""
        self._machines.switch("ip", "link", "set", f"to-{self.name}", "down")

    def die_silently(self) -> None:
        """Pull the cable, then end all of the node's processes."""
        self.cut_off()
        os.kill(self.pid, signal.SIGKILL)
        self._starter.wait()

    def stop(self) -> None:
        """End all of the node's processes."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self._starter.wait()


class Machines:
    """Some nodes, the switch between them, and a folder that they share.

    Parameters
    ----------
    folder
        The folder, below /tmp.
    shared
        Other folders below /tmp that they share.
    """

    def __init__(self, folder: Path, shared: Sequence[Path] = ()) -> None:
        self.folder = folder
        self._shared = shared
        self.nodes: list[Node] = []
        as_root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        self._switch = subprocess.Popen(
            ["unshare", *as_root, "--net", "sleep", "infinity"], preexec_fn=die_with_parent
        )
        entered = [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]
        self._enter = ["nsenter", f"--target={self._switch.pid}", *entered, "--net"]
        self._wait_for_switch()
        self.switch("ip", "link", "add", "switch", "type", "bridge")
        self.switch("ip", "link", "set", "switch", "up")
        shutil.copy(HERE / "agent.py", folder / "agent.py")
        self.agent = folder / "agent"
        self.agent.write_text(f'#!/bin/sh\nexec {sys.executable} -S {folder}/agent.py "$@"\n')
        self.agent.chmod(0o755)

    def add(self, count: int, own_name_is_loopback: bool = False) -> list[Node]:
        """Start nodes."""
        names = [f"node{len(self.nodes) + 1 + place}" for place in range(count)]
        addresses = {
            name: f"10.77.0.{len(self.nodes) + 1 + place}" for place, name in enumerate(names)
        }
        known = {node.name: node.address for node in self.nodes} | addresses
        starters = {}
        shared = [str(self.folder), *map(str, self._shared), *below_tmp()]
        for name in names:
            lines = ["127.0.0.1 localhost", *(f"{known[other]} {other}" for other in known)]
            if own_name_is_loopback:
                lines.insert(1, f"{LOOPBACK_OF_DEBIAN} {name}")
                lines = [line for line in lines if line != f"{known[name]} {name}"]
            (self.folder / f"{name}-hosts").write_text("\n".join(lines) + "\n")
            first = [sys.executable, "-S", str(HERE / "node_process.py"), name]
            starters[name] = subprocess.Popen(
                [*self._enter, "unshare", *NAMESPACES, "--mount-proc", *first, *shared],
                env={**os.environ, "PATH": PATH},
                preexec_fn=die_with_parent,
                stdout=subprocess.PIPE,
                stderr=(self.folder / f"{name}-log").open("wb"),
            )
        return [self._connect(name, addresses[name], starters[name]) for name in names]

    def switch(self, *command: str) -> None:
        """Run a command where the cables come together."""
        subprocess.run([*self._enter, *command], env={**os.environ, "PATH": PATH}, check=True)

    def environ(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the environment of a command in a node."""
        kept = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
        own = str(Path(sys.executable).parent)
        return {
            **kept,
            "PATH": os.pathsep.join([own, PATH]),
            "PYTHONPATH": str(REPOSITORY),
            "OMP_NUM_THREADS": "1",
            **(more or {}),
        }

    def mpiexec(self, slots: int, nodes: Sequence[Node] | None = None) -> str:
        """Return the command that starts ranks on the nodes."""
        hosts = ",".join(f"{node.name}:{slots}" for node in nodes or self.nodes)
        own = Path(sys.executable).parent / "mpiexec"
        return f"{own} --host {hosts} --bind-to none --prtemca plm_ssh_agent {self.agent}"

    def wrong_clock(self, host: str, ahead_s: float) -> str:
        """Return a PYTHONPATH with which Python on one of the hosts has a wrong clock."""
        folder = self.folder / f"clock-{host}-{ahead_s:.0f}"
        folder.mkdir(exist_ok=True)
        (folder / "sitecustomize.py").write_text(WRONG_CLOCK.format(host=host, ahead_s=ahead_s))
        return os.pathsep.join([str(folder), str(REPOSITORY)])

    def stop(self) -> None:
        """End all nodes."""
        for node in self.nodes:
            node.stop()
        self._switch.kill()
        self._switch.wait()

    def _connect(self, name: str, address: str, starter: subprocess.Popen[bytes]) -> Node:
        if starter.stdout is None or starter.stdout.readline() != b"up\n":
            log = (self.folder / f"{name}-log").read_text()
            raise RuntimeError(f"{name} does not start: {log}")
        node = Node(name, address, starter, self)
        self.nodes.append(node)
        cable = ["ip", "link", "add", f"to-{name}", "type", "veth", "peer", "name", "eth0"]
        self.switch(*cable, "netns", str(node.pid))
        self.switch("ip", "link", "set", f"to-{name}", "master", "switch", "up")
        for command in (
            ["ip", "addr", "add", f"{address}/24", "dev", "eth0"],
            ["ip", "link", "set", "eth0", "up"],
        ):
            code, said = node.run(command)
            if code != 0:
                raise RuntimeError(f"{name}: {said}")
        return node

    def _wait_for_switch(self) -> None:
        deadline = time.monotonic() + 10.0
        own = Path("/proc/self/ns/net").readlink()
        while Path(f"/proc/{self._switch.pid}/ns/net").readlink() == own:
            if self._switch.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("no network namespace can be made")
            time.sleep(0.01)


def below_tmp() -> list[str]:
    """Return what of this installation a node with a /tmp of its own has to share."""
    needed = {REPOSITORY, Path(sys.prefix), Path(sys.base_prefix)}
    return [str(folder) for folder in sorted(needed) if folder.is_relative_to("/tmp")]


@contextmanager
def machines(count: int, shared: Sequence[Path] = (), **settings: Any) -> Iterator[Machines]:
    """Give some nodes, and end them."""
    folder = Path(tempfile.mkdtemp(prefix="nodes-", dir="/tmp"))
    made = Machines(folder, shared)
    try:
        made.add(count, **settings)
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


def why_not() -> str | None:
    """Return why nodes cannot be made here; None if they can."""
    missing = [name for name in ("unshare", "nsenter", "ip") if not shutil.which(name, path=PATH)]
    if missing:
        return f"nodes need {', '.join(missing)}"
    as_root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    probe = ["unshare", *as_root, "--net", "--mount", "--pid", "--fork", "true"]
    if subprocess.run(probe, capture_output=True, check=False).returncode != 0:
        return "this machine permits no namespaces"
    return None
