"""The HTTP API: the same verbs as everywhere, for callers with a token each."""
