"""What `kubectl apply` remembers on an object: the manifest as it was last applied."""

from __future__ import annotations

import msgspec

from astrolabe.kinds.models.metadata import Model


class _Spec(Model):
    replicas: int | None = None


class _Manifest(Model):
    spec: _Spec | None = None


_text = msgspec.json.Decoder(str | None).decode
_manifest = msgspec.json.Decoder(_Manifest).decode


def applied_replicas(annotation: msgspec.Raw) -> int | None:
    """Return the replicas in the annotation `kubectl.kubernetes.io/last-applied-configuration`.

    None where the manifest leaves them to others, is not there or cannot be read: anybody may write it.
    """
    try:
        text = _text(annotation) if annotation else None
        manifest = _manifest(text) if text else None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return manifest.spec.replicas if manifest is not None and manifest.spec is not None else None
