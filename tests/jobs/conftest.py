"""A real Slurm of two nodes on this machine, in a network namespace of its own."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

JOBS = Path(__file__).resolve().parents[2] / "jobs"
COMMANDS = ("slurmctld", "slurmd", "sbatch", "srun", "munged", "unshare", "nsenter", "ip")
PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
HOST = socket.gethostname().partition(".")[0]
OTHER = "second"
LONGEST_S = 400

# Open MPI finds its own node only if that has the host's name; PMIx cannot serve two
# nodes on one host. So the first node has the name, and MPI jobs run there.
SLURM_CONF = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort=16817
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/run/munge.sock,cred_expire=5
CredType=cred/munge
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
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
NodeName={host} NodeAddr=127.0.0.1 Port=16818 CPUs=2 RealMemory=4000 State=UNKNOWN
NodeName={other} NodeHostname={host} NodeAddr=127.0.0.1 Port=16819 CPUs=2 RealMemory=4000
PartitionName=test Nodes={host},{other} Default=YES MaxTime=INFINITE State=UP
"""

SITE = """
HARNESS_PYTHON={python}
RAY_START_OPTIONS=--object-store-memory=80000000
node_address() {{ echo 127.0.0.1; }}
"""


@dataclass(frozen=True)
class Job:
    """A job that has ended."""

    number: int
    exit_code: int
    output: str


class SlurmCluster:
    """The daemons, and the client commands to them."""

    def __init__(self, folder):
        self.folder = folder
        self.work = folder / "work"
        self._namespace = None

    def start(self):
        for name in ("state", "run", "log", "work"):
            (self.folder / name).mkdir()
        conf = SLURM_CONF.format(folder=self.folder, host=HOST, other=OTHER)
        (self.folder / "slurm.conf").write_text(conf)
        (self.folder / "site.sh").write_text(SITE.format(python=sys.executable))
        key = self.folder / "run" / "munge.key"
        key.write_bytes(secrets.token_bytes(128))
        key.chmod(0o400)
        # Two addresses: Slurm does not resolve a name to the first alone.
        setup = "ip link set lo up && ip addr add 127.0.0.2/8 dev lo && exec sleep infinity"
        self._namespace = subprocess.Popen(["unshare", "--net", "sh", "-c", setup])
        time.sleep(0.3)
        run = self.folder / "run"
        self.client(
            "munged",
            f"--socket={run}/munge.sock",
            f"--key-file={key}",
            f"--pid-file={run}/munged.pid",
            f"--log-file={self.folder}/log/munged.log",
            f"--seed-file={run}/munge.seed",
        )
        self.client("slurmctld", "-c")
        for node in (HOST, OTHER):
            self.client("slurmd", "-N", node)
        self._wait_for(lambda: self.client("sinfo", "-h", "-o", "%T %D").split() == ["idle", "2"])

    def stop(self):
        subprocess.run(self._inside("scancel", "--quiet", "--user=root"), env=self._environ())
        pid_files = sorted((self.folder / "run").glob("*.pid"), key=lambda p: "munge" in p.name)
        for pid_file in pid_files:
            try:
                os.kill(int(pid_file.read_text()), signal.SIGTERM)
            except (ProcessLookupError, ValueError):
                continue
            time.sleep(0.2)
        self._namespace.kill()
        self._namespace.wait()

    def client(self, *command, check=True, **environ):
        done = subprocess.run(
            self._inside(*command),
            env=self._environ(**environ),
            cwd=self.work,
            capture_output=True,
            text=True,
            timeout=LONGEST_S,
            check=False,
        )
        if check and done.returncode != 0:
            pytest.fail(f"{' '.join(map(str, command))}: {done.stdout}{done.stderr}")
        return done.stdout

    def submit(self, script, *arguments, options=(), **environ):
        """Submit one of the shipped scripts and return the job's number."""
        output = f"--output={self.work}/%j.out"
        line = ["sbatch", "--parsable", output, *options, JOBS / script, *arguments]
        return int(self.client(*line, **environ))

    def wait(self, number):
        """Wait until a job has ended, whatever became of it."""
        self._wait_for(lambda: not self.client("squeue", "-h", "-j", number, check=False).strip())
        output = self.work / f"{number}.out"
        code = self.show(number)["ExitCode"].partition(":")[0]
        return Job(number, int(code), output.read_text() if output.exists() else "")

    def show(self, number):
        text = self.client("scontrol", "show", "job", "--oneliner", number)
        return dict(word.split("=", 1) for word in text.split() if "=" in word)

    def wait_until(self, condition):
        self._wait_for(condition)

    def _wait_for(self, condition):
        deadline = time.monotonic() + LONGEST_S
        while not condition():
            assert time.monotonic() < deadline, self._logs()
            time.sleep(0.3)

    def _logs(self):
        parts = [*self.folder.glob("log/*.log"), *self.work.glob("*.out")]
        return "\n".join(f"{part.name}: {part.read_text()[-1500:]}" for part in parts)

    def _inside(self, *command):
        return ["nsenter", f"--target={self._namespace.pid}", "--net", *map(str, command)]

    def _environ(self, **environ):
        kept = {name: os.environ[name] for name in ("HOME", "USER", "LANG") if name in os.environ}
        return {
            **kept,
            "PATH": PATH,
            "SLURM_CONF": str(self.folder / "slurm.conf"),
            "JOBS": str(JOBS),
            "HARNESS_SETTINGS": str(self.folder / "site.sh"),
            **environ,
        }


@pytest.fixture(scope="session")
def slurm():
    _skip_without_slurm()
    # Sockets lie in it, and their paths may have 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="slurm-", dir="/tmp"))
    # munge wants everybody to reach its socket.
    folder.chmod(0o755)
    cluster = SlurmCluster(folder)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def pmix():
    plugins = Path("/usr/lib/x86_64-linux-gnu/pmix2/lib")
    if not (plugins / "libpmix.so").exists():
        pytest.skip(f"Slurm finds no PMIx: ln -s libpmix.so.2 {plugins}/libpmix.so")


def _skip_without_slurm():
    missing = [command for command in COMMANDS if shutil.which(command, path=PATH) is None]
    if missing:
        pytest.skip(f"a real Slurm needs {', '.join(missing)}")
    if os.geteuid() != 0:
        pytest.skip("a real Slurm is started by root only")
    probe = subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False)
    if probe.returncode != 0:
        pytest.skip("this machine permits no network namespace")
