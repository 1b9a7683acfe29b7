"""Reviews: what the API server says about who somebody is and what they may do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from astrolabe.testing.resources import Object

TOKENS = "/apis/authentication.k8s.io/v1/tokenreviews"
ACCESS = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
SELF_ACCESS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
PATHS = frozenset({TOKENS, ACCESS, SELF_ACCESS})


@dataclass(slots=True)
class Accounts:
    """Who has which token, and who may get which path."""

    tokens: dict[str, str] = field(default_factory=dict)
    """Token → user name."""
    paths: set[tuple[str, str]] = field(default_factory=set)
    """User or group, and a path that is theirs to get."""

    def authenticate(self, review: Object) -> Object:
        """Return the status of a TokenReview."""
        name = self.tokens.get(_spec(review).get("token", ""))
        if name is None:
            return {"user": {}, "error": "[invalid bearer token, token lookup failed]"}
        groups = ["system:serviceaccounts", "system:authenticated"]
        return {"authenticated": True, "user": {"username": name, "uid": f"uid-{name}", "groups": groups}}

    def authorize(self, review: Object) -> Object:
        """Return the status of a SubjectAccessReview about a path."""
        spec = _spec(review)
        asked = spec.get("nonResourceAttributes") or {}
        whose = [spec.get("user", ""), *(spec.get("groups") or [])]
        may = asked.get("verb") == "get" and any((who, asked.get("path")) in self.paths for who in whose)
        return {"allowed": may} if may else {"allowed": False, "reason": "no RBAC policy matched"}


def _spec(review: Object) -> dict[str, Any]:
    return review.get("spec") or {}
