"""The reading API, version 1: a module for each noun, and one table of the routes."""
