"""How kinds are judged by their neighbours: one module for each kind that is, each a pure function.

An object's own words come first where they say that something is wrong; a judge adds what only the objects
around it tell.
"""
