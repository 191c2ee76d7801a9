"""What the processes of a search share while they train, on one node or on several."""
