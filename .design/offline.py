"""Grade the incidents from the dump, without a cluster: python .design/offline.py [ids]   (run in the worktree with its venv)"""
import json, sys, os
sys.path.insert(0, "../shared/incidents"); sys.dont_write_bytecode = True
import msgspec
from bench import grade, show, ALL
from astrolabe.graph.graph import Graph
from astrolabe.kinds.registry import KINDS
from astrolabe.kinds.custom import custom
from astrolabe.kinds.groups import BUILT_IN_GROUPS
from astrolabe.kinds.kind import Options
DUMP = json.load(open(".design/incidents.json"))
NS = {"CustomResourceDefinition"}

def build():
    try:
        from astrolabe.kinds.judges.registry import JUDGES
        graph = Graph(JUDGES)
    except ImportError:
        graph = Graph()
    known = {(k.group, k.plural): k for k in KINDS}
    crds = {i["spec"]["group"] + "/" + i["spec"]["names"]["plural"]: i for i in DUMP["apiextensions.k8s.io/v1/customresourcedefinitions"]["items"]}
    for gvr, body in DUMP.items():
        parts = gvr.split("/")
        plural = parts[-1]; gv = "/".join(parts[:-1]); group = gv.split("/")[0] if "/" in gv else ""
        version = gv.split("/")[-1]
        kind = known.get((group, plural))
        if kind is None:
            if group in BUILT_IN_GROUPS or f"{group}/{plural}" not in crds: continue
            c = crds[f"{group}/{plural}"]["spec"]
            kind = custom(group, plural, c["names"]["kind"], (version,), namespaced=c["scope"] == "Namespaced")
        read = kind.reader(version, Options())
        for item in body["items"]:
            item.setdefault("kind", kind.name); 
            graph.apply(read(msgspec.json.encode(item), {}))
        graph.cover(kind.name)
    return graph

class Star:
    def __init__(self, graph, evidence=None): self.graph = graph; self.evidence = evidence
    def node(self, ident):
        n = self.graph.get(ident)
        if n is None: return {}
        return {"status": n.status, "message": (f"{n.reason}: " if getattr(n, "reason", "") and n.status != "Ready" and n.reason not in n.message else "") + n.message}
    def causes(self, ident):
        return causes_of(self.graph, ident)

def causes_of(graph, ident):
    from importlib import import_module
    try: mod = import_module("astrolabe.derived.diagnosis.causes")
    except ImportError: mod = import_module("astrolabe.graph.dependencies")
    n = graph.get(ident)
    if n is None or n.status not in ("Error", "Pending"): return []
    return [{"id": c.id} for c in mod.causes(graph, n)]

if __name__ == "__main__":
    graph = build(); star = Star(graph)
    only = set(sys.argv[1:])
    res = []
    for one in ALL:
        if only and one.id not in only: continue
        res.append(grade(one, star, {}))
    show(res)
