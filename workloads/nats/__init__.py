"""The NATS-Bench size space: its network, its search space, and image training on it."""
