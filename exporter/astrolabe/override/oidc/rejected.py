"""The error for a token or a browser session that is not valid."""


class Rejected(Exception):
    """A token, or who signs in, is refused. Its text is one line, and quotes nothing of the token."""
