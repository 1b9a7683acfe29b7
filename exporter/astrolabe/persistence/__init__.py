"""Keeps the state in Redis, so that a restarted exporter goes on where the last one stopped."""
