from __future__ import annotations

import pytest

from harness.launch.launcher_words import cause_in, last_words

FRAME = "-" * 74

UNREACHABLE = f"""
engine: starting
{FRAME}
At least one pair of MPI processes are unable to reach each other for
MPI communications.  This means that no Open MPI device has indicated
that it can be used to communicate between these processes.

  Process 1 ([[6018,1],0]) is on host: node1
  Process 2 ([[6018,1],2]) is on host: node2
  BTLs attempted: self sm

Your MPI job is now going to abort; sorry.
{FRAME}
[node1:00015] *** An error occurred in MPI_Init
{FRAME}
prterun has exited due to process rank 0 with PID 0 on node node1 exiting
{FRAME}
\0
"""

DAEMON = f"""
ssh: connect to host node7 port 22: No route to host
{FRAME}
A daemon failed to report back after being spawned. This could
be due to several factors, including inability to find the
daemon executable.

  Local host:    node1
  Remote host:   node7
  Daemon exit status: 255

This may also be caused by a firewall on the remote host.
{FRAME}
"""

SLOTS = f"""
{FRAME}
There are not enough slots available in the system to satisfy the 4
slots that were requested by the application:

  python

Either request fewer procs for your application, or make more slots
available for use.
{FRAME}
"""


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        (
            UNREACHABLE,
            "At least one pair of MPI processes are unable to reach each other for MPI "
            "communications (Process 1 ([[6018,1],0]) is on host: node1, Process 2 ([[6018,1],2]) "
            "is on host: node2, BTLs attempted: self sm)",
        ),
        (
            DAEMON,
            "A daemon failed to report back after being spawned (Local host: node1, "
            "Remote host: node7, Daemon exit status: 255)",
        ),
        (
            SLOTS,
            "There are not enough slots available in the system to satisfy the 4 slots that were "
            "requested by the application; ask for fewer workers, or give the hosts more slots",
        ),
        (
            f"{FRAME}\nWARNING: no network\n{FRAME}\nsrun: error: Unable to allocate resources: "
            "Requested node configuration is not available\nsrun: gone\n",
            "srun: error: Unable to allocate resources: Requested node configuration is not "
            "available",
        ),
        ("nonsense\n\0\n", "nonsense"),
        ("", "it printed nothing"),
    ],
)
def test_the_cause_is_one_line_of_what_the_launcher_said(said, cause):
    assert cause_in(said) == cause


def test_a_rank_that_could_not_report_is_heard():
    assert last_words(f"x\nRank 2 failed: node2 sees no data.\n{SLOTS}") == (
        "Rank 2 failed: node2 sees no data"
    )
    assert last_words("Rank 1 was killed.\n") is None
