"""Objects as models of the `kubernetes` package. Only who asks for one pays for the import."""

from __future__ import annotations

from typing import Any

from kubernetes import client


def model(value: dict[str, Any], name: str) -> Any:
    """Return an object as the model of that name.

    Raises `AttributeError` where there is none, and `ValueError` for an object that lacks what it requires.
    """
    return getattr(client, name).from_dict(value)
