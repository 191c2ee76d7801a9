"""Records of a search: the event log, and the tables that are folded from it."""
