"""Ray Tune behind the harness."""
