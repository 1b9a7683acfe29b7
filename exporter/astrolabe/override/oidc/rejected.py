"""What it is called when somebody is not who a token or a browser says."""


class Rejected(Exception):
    """A token, or who signs in, is refused. Its text is one line, and quotes nothing of the token."""
