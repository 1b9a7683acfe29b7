"""What follows from the graph's deltas: each package is a subscriber with a pure core."""
