"""What the project measures about itself; `python -m benchmarks` measures the table."""
