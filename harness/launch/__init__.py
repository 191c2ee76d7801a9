"""How ranks of MPI are started, watched and ended."""
