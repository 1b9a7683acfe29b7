// Pieces of PromQL about the graph that several rules need.
local promql = import 'promql.libsonnet';

function(config) {
  local graph = self,
  local names = { c: config.clusterLabel },

  // Objects whose workloads sleep have no Pods: that is no fault of theirs.
  asleepNamespaces: '(astrolabe_workload_asleep == 1)',
  asleepTargets:
    'label_join(astrolabe_workload_asleep == 1, "target", "/", "workload_kind", "namespace", "workload")',

  // The sources of edges; where targets are given, of those edges only that lead to one.
  sourcesOf(edges, targets=null):
    if targets == null then 'label_replace(%s, "id", "$1", "source", "(.+)")' % edges
    else std.rstripChars(|||
      label_replace(
        %(edges)s
          and on (%(c)s, target)
        %(targets)s,
        "id", "$1", "source", "(.+)"
      )
    ||| % (names { edges: edges, targets: targets }), '\n'),

  // Objects by status, with their id under another label.
  statusAs(label, matchers):
    'label_replace(astrolabe_resource_status{%s}, "%s", "$1", "id", "(.+)")' % [matchers, label],

  parts: 'label_replace(astrolabe:part_of:info, "id", "$1", "part", "(.+)")',

  // How many Pods in a status each whole has.
  wholesOf(status): |||
    count by (%(c)s, id) (
      astrolabe:part_of:info and on (%(c)s, part) %(pods)s
    )
  ||| % (names { pods: graph.statusAs('part', 'kind="Pod",status="%s"' % status) }),

  // Wholes of a kind whose status nobody knows (a Rollout that is not watched, say).
  unknownWholes(status): promql.objectOf(config.clusterLabel, |||
    %(wholes)s
    unless on (%(c)s, id)
    astrolabe_resource_status{kind!~"Pod|ReplicaSet|EndpointSlice|ConfigMap|Secret",status!="Unknown"}
  ||| % (names { wholes: promql.inset(graph.wholesOf(status), 0) })),
}
