"""Speaks to the API server: credentials, discovery, list, watch. Knows nothing of the graph."""
