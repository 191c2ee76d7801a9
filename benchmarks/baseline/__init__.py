"""Searches written by hand against an engine, for the harness to be compared with."""
