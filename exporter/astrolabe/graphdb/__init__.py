"""Keeps a graph database equal to the graph, for those who ask in Cypher. It only reads the graph."""
