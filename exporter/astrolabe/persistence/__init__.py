"""The state that survives restarts: graph, resource versions, what sleep and cost remember; in Redis."""
