"""What follows from the graph: pure cores that follow its deltas, one package each."""
