"""A real Slurm over nodes: a slurmd in each, the controller in the first."""

from __future__ import annotations

import secrets
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from tests.nodes.machines import PATH, REPOSITORY, Machines

COMMANDS = ("slurmctld", "slurmd", "sbatch", "srun", "munged")
PMIX = Path("/usr/lib/x86_64-linux-gnu/pmix2/lib/libpmix.so")
LONGEST_S = 280.0

CONF = """
ClusterName=nodes
SlurmctldHost={first}({address})
SlurmctldPort=16817
SlurmdPort=16818
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=/tmp/munge.sock,cred_expire=5
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/run/slurmctld.pid
SlurmdPidFile={folder}/run/slurmd-%n.pid
SlurmctldLogFile={folder}/log/slurmctld.log
SlurmdLogFile={folder}/log/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
MpiDefault=none
SchedulerType=sched/builtin
SchedulerParameters=batch_sched_delay=0,sched_min_interval=100000,sched_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
MinJobAge=600
KillWait=5
"""


class Slurm:
    """The daemons, and the client commands to them."""

    def __init__(self, nodes: Machines) -> None:
        self._nodes = nodes
        self.folder = nodes.folder / "slurm"
        for name in ("state", "run", "log", "work"):
            (self.folder / name).mkdir(parents=True)
        self.work = self.folder / "work"
        self._write_configuration()
        for node in nodes.nodes:
            self._start(node, "munged", *self._munge_options())
        self._start(nodes.nodes[0], "slurmctld", "-c")
        for node in nodes.nodes:
            self._start(node, "slurmd", "-N", node.name)
        count = str(len(nodes.nodes))
        self.wait_until(
            lambda: self.client("sinfo", "-h", "-o", "%T %D").split() == ["idle", count]
        )

    def client(self, *command: Any, **environ: str) -> str:
        """Run a client command on the first node, and return what it says."""
        where = self.work
        _, said = self._nodes.nodes[0].run(command, self._environ(**environ), where=where)
        return said

    def submit(self, script: str, *arguments: Any, options: tuple[str, ...], **environ: str) -> int:
        """Submit one of the shipped scripts, and return the job's number."""
        jobs = REPOSITORY / "jobs"
        line = ["sbatch", "--parsable", f"--output={self.work}/%j.out", *options]
        said = self.client(*line, jobs / script, *arguments, JOBS=str(jobs), **environ)
        return int(said.split()[-1])

    def wait_for_end(self, number: int) -> None:
        """Wait until a job has ended."""
        self.wait_until(lambda: not self.client("squeue", "-h", "-j", number).strip())

    def wait(self, number: int) -> tuple[int, str]:
        """Wait until a job has ended; return its exit code and what it printed."""
        self.wait_for_end(number)
        told = self.client("scontrol", "show", "job", "--oneliner", number)
        shown = dict(word.split("=", 1) for word in told.split() if "=" in word)
        output = (self.work / f"{number}.out").read_text()
        return int(shown["ExitCode"].partition(":")[0]), output

    def wait_until(self, is_so: Any) -> None:
        """Wait for something to happen."""
        deadline = time.monotonic() + LONGEST_S
        while not is_so():
            logs = [*self.folder.glob("log/*.log"), *self.work.glob("*.out")]
            assert time.monotonic() < deadline, [log.read_text()[-1500:] for log in logs]
            time.sleep(0.3)

    def _start(self, node: Any, *command: Any) -> None:
        code, said = node.run(command, self._environ())
        assert code == 0, said

    def _munge_options(self) -> list[str]:
        # Each node has a /tmp of its own.
        places = {"socket": "munge.sock", "pid-file": "munged.pid", "log-file": "munged.log"}
        options = [f"--{name}=/tmp/{file}" for name, file in places.items()]
        return [*options, "--seed-file=/tmp/munge.seed", f"--key-file={self.folder}/munge.key"]

    def _environ(self, **environ: str) -> dict[str, str]:
        return {
            "SLURM_CONF": str(self.folder / "slurm.conf"),
            "HARNESS_SETTINGS": str(self.folder / "site.sh"),
            **environ,
        }

    def _write_configuration(self) -> None:
        first = self._nodes.nodes[0]
        lines = [CONF.format(folder=self.folder, first=first.name, address=first.address)]
        for node in self._nodes.nodes:
            lines.append(
                f"NodeName={node.name} NodeAddr={node.address} CPUs=2 RealMemory=4000 State=UNKNOWN"
            )
        names = ",".join(node.name for node in self._nodes.nodes)
        lines.append(f"PartitionName=nodes Nodes={names} Default=YES MaxTime=INFINITE State=UP\n")
        (self.folder / "slurm.conf").write_text("\n".join(lines))
        (self.folder / "site.sh").write_text(
            f"HARNESS_PYTHON={sys.executable}\nRAY_START_OPTIONS=--object-store-memory=80000000\n"
        )
        key = self.folder / "munge.key"
        key.write_bytes(secrets.token_bytes(128))
        key.chmod(0o400)


def why_no_slurm() -> str | None:
    """Return why Slurm cannot be started here; None if it can."""
    missing = [name for name in COMMANDS if shutil.which(name, path=PATH) is None]
    if missing:
        return f"a real Slurm needs {', '.join(missing)}"
    if not PMIX.exists():
        return f"Slurm finds no PMIx: ln -s libpmix.so.2 {PMIX}"
    return None
