"""Waits until a Ray cluster has all of its nodes: wait_for_ray.py ADDRESS NODES."""

import sys
import time

import ray

LONGEST_S = 300.0


def main(address: str, nodes: int) -> None:
    """Return when `nodes` nodes are alive; fail if that takes too long."""
    ray.init(address=address, log_to_driver=False, logging_level="ERROR")
    deadline = time.monotonic() + LONGEST_S
    while (alive := sum(node["Alive"] for node in ray.nodes())) < nodes:
        if time.monotonic() > deadline:
            sys.exit(f"After {LONGEST_S:.0f} s {alive} of {nodes} nodes run Ray.")
        time.sleep(0.2)
    ray.shutdown()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
