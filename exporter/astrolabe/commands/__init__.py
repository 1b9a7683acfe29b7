"""The commands of `astrolabe`, one module for each."""
