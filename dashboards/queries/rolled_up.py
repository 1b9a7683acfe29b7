"""The graph of a namespace as it reads well: Ingress → Service → workload → ConfigMap, Secret, claim.

Pods and ReplicaSets are rolled up into their workload, objects without relations are left out (they have a
table), and many leaves of one parent are folded into one node with their number. What is wrong comes first
when the cap is reached: missing references, then the way in, then folded and single leaves.

The cap is put on edges. The nodes are the ends of the edges that remain, so both hold by construction:
every node is connected, and no edge names a node that is absent, which crashes Grafana's panel.
N edges have at most 2 N ends, in practice (a tree) about N.
"""

from __future__ import annotations

from dashboards.queries.promql import NAMESPACE, distinct, joined, labelled, relabel, renamed

EDGE = ("type", "source", "target", "target_kind")
FOLD_ABOVE = 4
"""This many leaves of a kind are still drawn one by one."""

# In every namespace, and in every Pod by its projected token: it would draw a star around nothing.
_EVERYWHERE = "ConfigMap/[^/]+/(kube-root-ca[.]crt|openshift-service-ca[.]crt)"
_WORKLOADS = "Deployment|StatefulSet|DaemonSet|ReplicaSet|Job"
_EXISTS, _MISSING = "astrolabe_edge_info", "astrolabe_reference_missing_info"
_REQUIRED = 'optional!="true"'


def owners(matchers: str = NAMESPACE) -> str:
    """Return a series for each Pod with the id of its topmost owner in the label `owner`.

    A Pod without an owner, and one that a kubelet runs from a file (its owner is the Node), is its own.
    """
    pods = distinct(
        f"astrolabe_pod_workload_info{{{matchers}}}", "namespace", "pod", "workload_kind", "workload"
    )
    owned = joined(pods, "owner", "/", "workload_kind", "namespace", "workload", "pod")
    owned = relabel(owned, "owner", "Pod/$1/$2", "owner", "Node/([^/]+)/[^/]*/(.+)")
    owned = relabel(owned, "owner", "Pod/$1/$2", "owner", "/([^/]+)//(.+)")
    return relabel(owned, "owner", "$1", "owner", "([^/]+/[^/]+/[^/]+)/.+")


def rolled(edges: str, end: str) -> str:
    """Return `edges`, whose `end` is a Pod, with its topmost owner in the Pod's place."""
    with_pod = relabel(edges, "pod", "$1", end, "Pod/[^/]+/(.+)")
    moved = renamed(
        f"({with_pod} * on (cluster, namespace, pod) group_left (owner) {owners()})", end, "owner"
    )
    if end == "target":
        moved = relabel(moved, "target_kind", "$1", "target", "([^/]+)/.*")
    return distinct(moved, *EDGE)


def routes(metric: str = _EXISTS, more: str = "") -> str:
    """Return Ingress → Service."""
    return distinct(f'{metric}{{{NAMESPACE}, type="routes-to", source_kind="Ingress"{more}}}', *EDGE)


def ways_in() -> str:
    """Return Ingress → Service and Service → workload."""
    selects = f'{_EXISTS}{{{NAMESPACE}, type="selects", source_kind="Service"}}'
    to_services = routes(more=', target_kind="Service"')
    return f"{to_services} or {rolled(selects, 'target')}"


def leaves(metric: str = _EXISTS, more: str = "") -> str:
    """Return workload → ConfigMap, Secret or claim, and Ingress → Secret.

    From Pods, rolled up; and from the Pod templates of controllers that have no controller themselves, so
    that a workload without Pods keeps its leaves.
    """
    kept = f'{NAMESPACE}, target!~"{_EVERYWHERE}"{more}'
    pods = f'{metric}{{{kept}, type=~"uses-configmap|uses-secret|mounts", source_kind="Pod"}}'
    others = f'{metric}{{{kept}, type=~"uses-configmap|uses-secret", source_kind!~"Pod|ServiceAccount"}}'
    owned = f'{_EXISTS}{{{NAMESPACE}, type="owns", target_kind=~"{_WORKLOADS}"}}'
    templates = f"{others} unless on (cluster, source) {renamed(owned, 'source', 'target')}"
    return f"({rolled(pods, 'source')} or {distinct(templates, *EDGE)})"


def missing() -> str:
    """Return the relations to something that does not exist and has to."""
    only = f", {_REQUIRED}"
    return f"({routes(_MISSING, only)} or {leaves(_MISSING, only)})"


def alone() -> str:
    """Return the edges to healthy leaves that nobody else uses: only those may be folded."""
    unbound = f'astrolabe_resource_status{{{NAMESPACE}, kind="PersistentVolumeClaim", status!="Ready"}}'
    return (
        f"({leaves()} and on (cluster, target) count by (cluster, target) ({leaves()}) == 1"
        f" unless on (cluster, target) {renamed(unbound, 'target', 'id')})"
    )


def heaps(edges: str, above: int) -> str:
    """Return for each parent and kind of leaf how many `edges` lead there, where more than `above`."""
    return f"(count by (cluster, source, target_kind) ({edges}) > {above})"


def folded(heap: str) -> str:
    """Return an edge from each parent of `heap` to one node `parent~number~kind` in its leaves' place.

    `count_values` puts the number into a label, in an order that is another one each time; the join brings
    it back to that of `heap`. Where topk cuts through equals, nodes and edges must cut at the same place.
    """
    number = f'count_values by (cluster, source, target_kind) ("number", {heap})'
    numbered = f"({heap} * on (cluster, source, target_kind) group_left (number) {number})"
    target = joined(numbered, "target", "~", "source", "number", "target_kind")
    return distinct(labelled(target, "type", "uses"), *EDGE)


def members() -> str:
    """Return the ids of the objects that exist in the namespace and belong to the chosen release.

    Owners of kinds that are not watched are known by their Pods alone.
    """
    chosen = f'{NAMESPACE}, helm_release=~"$release"'
    known = distinct(f"astrolabe_resource_info{{{chosen}}}", "id")
    return f"({known} or {distinct(renamed(owners(chosen), 'id', 'owner'), 'id')})"


def by_service() -> str:
    """Return the ways in to the chosen release, each with its Service in the label `id`."""
    exists = distinct(f"astrolabe_resource_info{{{NAMESPACE}}}", "id")
    chosen = (
        f"(({ways_in()}) and on (cluster, target) {renamed(members(), 'target', 'id')}"
        f" and on (cluster, source) {renamed(exists, 'source', 'id')})"
    )
    return relabel(
        relabel(chosen, "id", "$1", "source", "(Service/.+)"), "id", "$1", "target", "(Service/.+)"
    )


def first_services() -> str:
    """Return the Services whose chains are drawn first: those that are not Ready, and as many as fit.

    A cap on edges alone would draw every Ingress with its Service and none of their workloads.
    """
    services = f'astrolabe_resource_status{{{NAMESPACE}, kind="Service"'
    unready = distinct(f'{services}, status!="Ready"}}', "id")
    every = distinct(f"{services}}}", "id")
    return f"topk by (cluster) ($limit / 2, (2 * {unready} or {every}) and on (cluster, id) {by_service()})"


def every_edge() -> str:
    """Return all edges of the rolled-up graph."""
    return f"({distinct(by_service(), *EDGE)} or {_downwards()})"


def important_edges() -> str:
    """Return the edges to draw, the more important the higher their value; complete chains come first."""
    drawn = f"{by_service()} and on (cluster, id) {first_services()}"
    later = f"({by_service()} unless on (cluster, id) {first_services()})"
    less = f" unless on (cluster, source) {renamed(later, 'source', 'target')}"
    return f"(3 * {distinct(drawn, *EDGE)} or {_downwards(less)})"


def _downwards(less: str = "") -> str:
    """Return what workloads and Ingresses need; `less` takes some away, but never what is missing."""
    heap = heaps(alone(), FOLD_ABOVE)
    exists = distinct(f"astrolabe_resource_info{{{NAMESPACE}}}", "id")
    single = (
        f"({leaves()} unless ({alone()} and on (cluster, source, target_kind) {heap})"
        f" and on (cluster, target) {renamed(exists, 'target', 'id')})"
    )
    in_release = renamed(members(), "source", "id")
    present = f"(2 * {folded(heap)} or {single}){less}"
    return f"((4 * {missing()} or {present}) and on (cluster, source) {in_release})"


def unready() -> str:
    """Return the ids of what is broken or on its way, Pods of an owner left out: it is drawn in any case."""
    status = f'astrolabe_resource_status{{{NAMESPACE}, status=~"Error|Pending"}}'
    whole = f'{status[:-1]}, kind!~"Pod|ReplicaSet|EndpointSlice"}}'
    bare = distinct(renamed(owners(), "id", "owner"), "id")
    found = f"({distinct(whole, 'id')} or {bare} and on (cluster, id) {status})"
    return f"({found} and on (cluster, id) {members()})"


def attributes() -> str:
    """Return for each id that an edge may name its status in the label `mainstat`, exactly once."""
    status = f"astrolabe_resource_status{{{NAMESPACE}}}"
    gone = labelled(distinct(renamed(missing(), "id", "target"), "id"), "mainstat", "Missing")
    heap = labelled(
        distinct(renamed(folded(heaps(alone(), FOLD_ABOVE)), "id", "target"), "id"), "mainstat", "Ready"
    )
    unknown = labelled(members(), "mainstat", "Unknown")
    return f"({' or on (cluster, id) '.join((one_status(status, released(NAMESPACE)), gone, heap, unknown))})"


def released(scope: str) -> str:
    """Return what belongs to a Helm release."""
    return f'astrolabe_resource_info{{{scope}, helm_release!=""}}'


def one_status(status: str, info: str) -> str:
    """Return one series for each id, with its status in `mainstat`, while two exporters disagree too.

    What stands in `info` with a Helm release has it in `detail__release`.
    """
    one = f"topk by (cluster, id) (1, {distinct(status, 'id', 'status')})"
    releases = distinct(info, "id", "helm_release")
    of = renamed(f"topk by (cluster, id) (1, {releases})", "detail__release", "helm_release")
    with_release = f"{one} * on (cluster, id) group_left (detail__release) {of}"
    return renamed(f"({with_release} or on (cluster, id) {one})", "mainstat", "status")
