"""The table of kinds, and that each has its module, its test and its page."""

from __future__ import annotations

from pathlib import Path

import pytest

from astrolabe.kinds import custom
from astrolabe.kinds.registry import KINDS
from tests.kinds.samples import SAMPLES

ROOT = Path(__file__).parents[2]

# Kinds that are more than one to a module. All others have a module named after them.
FAMILIES = {
    "Role": "rbac",
    "RoleBinding": "rbac",
    "ClusterRole": "rbac",
    "ClusterRoleBinding": "rbac",
}

TABLE = """\
pods v1 namespaced
nodes v1 cluster
namespaces v1 cluster
services v1 namespaced
serviceaccounts v1 namespaced
configmaps v1 namespaced metadata
secrets v1 namespaced metadata
persistentvolumeclaims v1 namespaced
persistentvolumes v1 cluster
deployments.apps v1 namespaced
statefulsets.apps v1 namespaced
daemonsets.apps v1 namespaced
replicasets.apps v1 namespaced
jobs.batch v1 namespaced
cronjobs.batch v1 namespaced
ingresses.networking.k8s.io v1 namespaced
ingressclasses.networking.k8s.io v1 cluster metadata
endpointslices.discovery.k8s.io v1 namespaced
networkpolicies.networking.k8s.io v1 namespaced
storageclasses.storage.k8s.io v1 cluster metadata
horizontalpodautoscalers.autoscaling v2 namespaced
poddisruptionbudgets.policy v1 namespaced
roles.rbac.authorization.k8s.io v1 namespaced metadata
rolebindings.rbac.authorization.k8s.io v1 namespaced
clusterroles.rbac.authorization.k8s.io v1 cluster metadata
clusterrolebindings.rbac.authorization.k8s.io v1 cluster
sleepinfos.kube-green.com v1alpha1 namespaced
"""


def test_what_is_watched() -> None:
    rows = [
        f"{kind.resource} {','.join(kind.versions)} {'namespaced' if kind.namespaced else 'cluster'}"
        f"{' metadata' if kind.metadata_only else ''}\n"
        for kind in KINDS
    ]
    assert "".join(rows) == TABLE


def test_names_are_unique() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS)
    assert len({kind.resource for kind in KINDS}) == len(KINDS)


def test_there_is_a_sample_of_each_kind() -> None:
    assert [name for name in SAMPLES if "." not in name] == [kind.name for kind in KINDS]


@pytest.mark.parametrize(
    "module", sorted({FAMILIES.get(kind.name, kind.name.lower()) for kind in KINDS} | {"custom"})
)
def test_each_kind_has_a_module_a_test_and_a_page(module: str) -> None:
    assert (Path(custom.__file__).parent / f"{module}.py").is_file()
    assert (Path(__file__).parent / f"test_{module}.py").is_file()
    page = ROOT / "docs" / "kinds" / f"{module}.md"
    assert page.is_file()
    for kind in KINDS:
        if FAMILIES.get(kind.name, kind.name.lower()) == module:
            assert f"`{kind.resource}`" in page.read_text(encoding="utf-8")
    assert f"({module}.md)" in (page.parent / "README.md").read_text(encoding="utf-8")


def test_no_page_is_left_over() -> None:
    pages = {page.stem for page in (ROOT / "docs" / "kinds").glob("*.md")}
    assert pages == {FAMILIES.get(kind.name, kind.name.lower()) for kind in KINDS} | {"custom", "README"}
