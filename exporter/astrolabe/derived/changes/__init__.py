"""What changed lately: rollouts, configuration, replicas, nodes (docs/causes.md)."""
