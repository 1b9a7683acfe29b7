"""The cluster of the demo: a web shop and its day."""
