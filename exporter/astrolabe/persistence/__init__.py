"""Keeps the state in Redis, so that a restarted exporter continues where the last one stopped."""
