"""The exposition: families as data, rows rendered at change, compressed blocks, the own telemetry."""
