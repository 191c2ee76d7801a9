"""Hands a finished run to other tools, each through its own library."""
