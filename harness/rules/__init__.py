"""Rules of algorithms, without an engine."""
