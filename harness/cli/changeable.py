"""What a resumed search may change."""

CHANGEABLE = ("workers", "threads", "time_limit", "trial_timeout", "max_retries", "engine", "data")
"""Settings that say how a search runs, and not what it searches."""
