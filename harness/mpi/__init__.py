"""MPI jobs: launching them, living and dying in them, and what their ranks share."""
