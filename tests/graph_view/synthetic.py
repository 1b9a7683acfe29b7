"""Graphs of a given size, in the proportions of a real cluster's, the same each time."""

from __future__ import annotations

from random import Random

from tests.graph_view.frames import Frames, Row


def graph(
    workloads: int, *, pods: int = 0, settings: int = 0, shared: int = 0, namespace_size: int = 0
) -> Frames:
    """Return so many workloads, each with a Service, Pods and ConfigMaps of its own.

    Each also uses `shared` of the other ConfigMaps of its namespace, which has `namespace_size` workloads
    (0: there is one namespace).
    """
    random = Random(1)
    nodes: list[Row] = []
    edges: list[Row] = []

    def add(kind: str, namespace: str, name: str, status: str = "Ready") -> str:
        found = f"{kind}/{namespace}/{name}"
        nodes.append({"id": found, "mainstat": status, "detail__message": f"{status} since a while"})
        return found

    def join(source: str, edge_type: str, target: str) -> None:
        edges.append({"source": source, "target": target, "detail__type": edge_type})

    for number in range(workloads):
        group = number // namespace_size if namespace_size else 0
        first = group * namespace_size
        size = min(namespace_size, workloads - first) if namespace_size else workloads
        namespace = f"team-{group:03}"
        status = "Error" if number % 97 == 5 else "Ready"
        workload = add("Deployment", namespace, f"app-{number}", status)
        service = add("Service", namespace, f"app-{number}")
        for pod in range(pods):
            pod_id = add("Pod", namespace, f"app-{number}-{pod}", status)
            join(workload, "owns", pod_id)
            join(service, "selects", pod_id)
        if not pods:
            join(service, "selects", workload)
        for setting in range(settings):
            join(workload, "uses-configmap", add("ConfigMap", namespace, f"app-{number}-{setting}"))
        for _ in range(shared):
            other = first + random.randrange(size)
            join(workload, "uses-configmap", f"ConfigMap/{namespace}/app-{other}-0")
    return {"nodes": nodes, "edges": edges, "causes": {}}
