"""What is broken, because of what, and since when (docs/causes.md)."""
