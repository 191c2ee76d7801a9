"""A Ray cluster on nodes, started by hand as a user does."""

from __future__ import annotations

import secrets
import sys

from tests.nodes.machines import Machines

PORT = 6390
ADDRESS = f"10.77.0.1:{PORT}"
SETTINGS = {
    # Ray gives training a lower priority than everything else on the machine.
    "RAY_worker_niceness": "0",
    "RAY_health_check_period_ms": "3000",
    "RAY_health_check_timeout_ms": "5000",
    "RAY_health_check_failure_threshold": "5",
}


def access(made: Machines) -> dict[str, str]:
    """Return the environment of those that may use the cluster: a token of its own."""
    token = made.folder / "token"
    if not token.exists():
        token.write_text(secrets.token_hex(32))
        token.chmod(0o600)
    return {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(token)}


def start_ray(made: Machines, slots: int = 2, **environ: str) -> None:
    for node in made.nodes:
        role = ["--head", f"--port={PORT}", "--include-dashboard=false"]
        if node is not made.nodes[0]:
            role = [f"--address={ADDRESS}"]
        line = [sys.executable, "-m", "ray.scripts.scripts", "start", *role]
        line += [f"--node-ip-address={node.address}", f"--num-cpus={slots}"]
        line += ["--object-store-memory=80000000", "--include-log-monitor=false"]
        code, said = node.run(line, {**SETTINGS, **access(made), **environ}, timeout=150)
        assert code == 0, said
