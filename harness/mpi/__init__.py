"""The ranks of an MPI job: who they are, how they wait, and what they share."""
