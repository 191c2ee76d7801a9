"""One search, from the request to the summary."""
