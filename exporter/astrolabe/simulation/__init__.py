"""A small simulated API server and the shop that lives on it, for the demo and the fault tests."""
