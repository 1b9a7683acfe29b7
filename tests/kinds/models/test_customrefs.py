"""What custom resources refer to, and where that is."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.kinds.custom import custom
from tests.kinds.objects import edges, facts


def refs(group: str, kind: str, spec: Any = None, *, namespaced: bool = True, **more: Any) -> list[str]:
    described = custom(group, f"{kind.lower()}s", kind, ("v1",), namespaced=namespaced)
    return edges(facts(described, spec=spec, **more))


@pytest.mark.parametrize(
    ("group", "kind", "spec", "expected"),
    [
        # A Cluster is no cluster-scoped form of another kind.
        ("cluster.x-k8s.io", "Machine", {"clusterName": "eu"}, "Cluster.cluster.x-k8s.io/shop/eu"),
        (
            "postgresql.cnpg.io",
            "ScheduledBackup",
            {"cluster": {"name": "db"}},
            "Cluster.postgresql.cnpg.io/shop/db",
        ),
        (
            "cert-manager.io",
            "Certificate",
            {"issuerRef": {"name": "le", "kind": "ClusterIssuer"}},
            "ClusterIssuer.cert-manager.io/le",
        ),
        (
            "cluster.x-k8s.io",
            "Machine",
            {
                "bootstrap": {
                    "configRef": {
                        "apiGroup": "bootstrap.cluster.x-k8s.io",
                        "kind": "KubeadmConfig",
                        "name": "m",
                    }
                }
            },
            "KubeadmConfig.bootstrap.cluster.x-k8s.io/shop/m",
        ),
        # Crossplane 1 names cluster-scoped ones; Crossplane 2 has both, and says which.
        (
            "s3.aws.upbound.io",
            "Bucket",
            {"providerConfigRef": {"name": "eu"}},
            "ProviderConfig.aws.upbound.io/eu",
        ),
        (
            "s3.aws.m.upbound.io",
            "Bucket",
            {"providerConfigRef": {"kind": "ProviderConfig", "name": "eu"}},
            "ProviderConfig.aws.m.upbound.io/shop/eu",
        ),
        (
            "s3.aws.m.upbound.io",
            "Bucket",
            {"providerConfigRef": {"kind": "ClusterProviderConfig", "name": "eu"}},
            "ClusterProviderConfig.aws.m.upbound.io/eu",
        ),
    ],
)
def test_where_it_is(group: str, kind: str, spec: Any, expected: str) -> None:
    assert refs(group, kind, spec) == [f"refers → {expected}"]


def test_a_version_of_an_operator_is_in_a_namespace() -> None:
    status = {"currentCSV": "op.v1"}
    found = refs("operators.coreos.com", "Subscription", status=status)
    assert found == ["refers → ClusterServiceVersion.operators.coreos.com/shop/op.v1 (optional)"]


def test_a_cluster_scoped_store_says_where_its_secret_is() -> None:
    """Where it does not, the namespace is that of whoever asks it."""

    def store(token: dict[str, str]) -> list[str]:
        spec = {"provider": {"vault": {"auth": {"tokenSecretRef": token}}}}
        return refs("external-secrets.io", "ClusterSecretStore", spec, namespaced=False)

    assert store({"name": "token", "namespace": "vault"}) == ["refers → Secret/vault/token"]
    assert store({"name": "token"}) == []


def test_what_a_composite_of_crossplane_2_is_made_of() -> None:
    made = {"apiVersion": "rds.aws.m.upbound.io/v1beta1", "kind": "Instance", "name": "db"}
    found = refs("example.org", "App", {"crossplane": {"resourceRefs": [made]}})
    assert found == ["refers → Instance.rds.aws.m.upbound.io/shop/db (optional)"]


def test_login_of_a_provider() -> None:
    spec = {
        "credentials": {"source": "Secret", "secretRef": {"namespace": "infra", "name": "aws", "key": "c"}}
    }
    assert refs("aws.upbound.io", "ProviderConfig", spec, namespaced=False) == ["refers → Secret/infra/aws"]
