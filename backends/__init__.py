"""Engines behind the harness, one package each."""
