// Pods, ReplicaSets and EndpointSlices that are not Ready, and what they are part of.
function(config)
  local names = { c: config.clusterLabel } + config;
  local graph = (import '../lib/graph.libsonnet')(config);

  {
    record: 'astrolabe:part_of:info',
    expr: |||
      topk by (%(c)s, part) (1,
        group by (%(c)s, part, id) (
          label_join(
            group by (%(c)s, part, namespace, pod) (
              label_replace(%(pods)s, "pod", "$1", "name", "(.+)")
            )
              * on (%(c)s, namespace, pod) group_left (workload_kind, workload)
            topk by (%(c)s, namespace, pod) (1,
              group by (%(c)s, namespace, pod, workload_kind, workload) (
                astrolabe_pod_workload_info{workload_kind!~"|Pod|Node|Job|CronJob"}
              )
            ),
            "id", "/", "workload_kind", "namespace", "workload"
          )
          or
          label_replace(
            label_replace(
              (
                astrolabe_edge_info{type="owns",source_kind="Job",target_kind="Pod"}
                or astrolabe_edge_info{type="owns",target_kind="ReplicaSet"}
                or astrolabe_edge_info{type="endpoints",target_kind="EndpointSlice"}
              ),
              "part", "$1", "target", "(.+)"
            ),
            "id", "$1", "source", "(.+)"
          )
            and on (%(c)s, part)
          %(unready)s
        )
      )
    ||| % (names {
             pods: graph.statusAs('part', 'kind="Pod",status!="Ready"'),
             unready: graph.statusAs('part', 'kind=~"Pod|ReplicaSet|EndpointSlice",status!="Ready"'),
           }),
  }
