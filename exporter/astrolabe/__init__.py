"""Astrolabe: the relationship graph of a Kubernetes cluster, for Prometheus."""

__version__ = "0.1.0"
