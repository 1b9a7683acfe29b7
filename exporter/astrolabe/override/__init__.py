"""The override service: people wake and sleep environments for a while, with rules and a record."""
