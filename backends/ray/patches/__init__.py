"""Every place where the adapter replaces, wraps or leans on private parts of Ray."""
