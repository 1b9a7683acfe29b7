"""Messages: the graph's objects as a stream that other programs can follow, each consumer by itself."""
