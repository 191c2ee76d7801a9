"""Models, data and search spaces behind the harness, one package each."""
