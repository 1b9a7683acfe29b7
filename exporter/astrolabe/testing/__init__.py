"""A simulated API server, for tests and for the demo."""
