"""A plain HTTP client of an API server, apart from the one under test."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import requests
import yaml

from tests.real.processes import until

Object = dict[str, Any]


class Cluster:
    """Applies, reads and deletes objects as one user."""

    def __init__(self, url: str, ca: Path, token: str) -> None:
        self.url = url
        self.ca = ca
        self.token = token
        self._session = requests.Session()
        self._session.trust_env = False  # a CA bundle of the environment would win over ours
        self._session.verify = str(ca)
        self._session.headers["Authorization"] = f"Bearer {token}"
        self._paths: dict[tuple[str, str], tuple[str, bool]] = {}

    def close(self) -> None:
        self._session.close()

    def request(self, method: str, path: str, body: object = None, **options: Any) -> requests.Response:
        """Send one request; options as those of `requests`."""
        headers = {"Content-Type": "application/json", **options.pop("headers", {})}
        data = None if body is None else json.dumps(body)
        return self._session.request(
            method, self.url + path, data=data, headers=headers, **{"timeout": 30, **options}
        )

    def healthy(self) -> bool:
        """Whether the API server says that it is ready."""
        try:
            return self.request("GET", "/readyz", timeout=5).ok
        except (requests.ConnectionError, requests.Timeout, OSError):
            return False

    def get(self, path: str, **params: str) -> Object:
        return self._json(self.request("GET", path, params=params))

    def items(self, path: str, **params: str) -> list[Object]:
        return self.get(path, **params)["items"]

    def post(self, path: str, body: object) -> Object:
        return self._json(self.request("POST", path, body))

    def patch(self, path: str, body: object, kind: str = "merge-patch+json") -> Object:
        headers = {"Content-Type": f"application/{kind}"}
        return self._json(self.request("PATCH", path, body, headers=headers))

    def apply(self, manifest: Object | str, namespace: str = "") -> list[Object]:
        """Apply an object, or the YAML documents of a text, by server-side apply."""
        documents = yaml.safe_load_all(manifest) if isinstance(manifest, str) else [manifest]
        params = {"fieldManager": "astrolabe-tests", "force": "true"}
        headers = {"Content-Type": "application/apply-patch+yaml"}
        return [
            self._json(
                self.request("PATCH", self.path(each, namespace), each, params=params, headers=headers)
            )
            for each in documents
            if each
        ]

    def delete(self, path: str, **params: str) -> None:
        """Delete an object; one that is gone already is fine."""
        response = self.request("DELETE", path, params=params)
        if response.status_code != requests.codes.not_found:
            self._json(response)

    def token_of(self, namespace: str, service_account: str) -> str:
        """Return a fresh token of a ServiceAccount."""
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{service_account}/token"
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        return self.post(path, body)["status"]["token"]

    def wait(
        self, path: str, condition: Callable[[Object], object], what: str, seconds: float = 30, **params: str
    ) -> Object:
        """Return what is at the path as soon as the condition holds for it."""

        def seen() -> Object | None:
            response = self.request("GET", path, params=params)
            return response.json() if response.ok and condition(response.json()) else None

        return until(seen, what, seconds)

    def path(self, manifest: Mapping[str, Any], namespace: str = "") -> str:
        """Return the path of an object, from what the server says that it serves."""
        version, kind, metadata = manifest["apiVersion"], manifest["kind"], manifest["metadata"]
        root = f"/apis/{version}" if "/" in version else f"/api/{version}"
        if (version, kind) not in self._paths:

            def served() -> Object | None:
                response = self.request("GET", root)
                found = response.json().get("resources", []) if response.ok else []
                return next(
                    (each for each in found if each["kind"] == kind and "/" not in each["name"]), None
                )

            resource = until(served, f"{version} {kind} is served")
            self._paths[version, kind] = (resource["name"], resource["namespaced"])
        plural, namespaced = self._paths[version, kind]
        namespace = metadata.get("namespace") or namespace or "default"
        scope = f"/namespaces/{namespace}" if namespaced else ""
        return f"{root}{scope}/{plural}/{metadata['name']}"

    @staticmethod
    def _json(response: requests.Response) -> Object:
        assert response.ok, (
            f"{response.request.method} {response.url}: {response.status_code} {response.text}"
        )
        return response.json()


def write_kubeconfig(path: Path, url: str, ca: Path, token: str) -> Path:
    """Write a kubeconfig of one user (JSON, which YAML includes)."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "it", "cluster": {"server": url, "certificate-authority": str(ca)}}],
        "users": [{"name": "user", "user": {"token": token}}],
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "user"}}],
        "current-context": "it",
    }
    path.write_text(json.dumps(config, indent=2))
    path.chmod(0o600)
    return path
