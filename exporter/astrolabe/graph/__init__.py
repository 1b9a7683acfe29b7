"""Relationships between objects: facts in, deltas out. Knows no Kubernetes API, HTTP or Prometheus."""
