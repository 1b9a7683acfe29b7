// What is wrong in the graph, each thing once, with its cause, Helm release and environment.
//
// The alerts of groups/graph.libsonnet only read the last of these rules. They form one group because
// Prometheus evaluates the rules of a group in order: all of them see the same moment.
//
//   part_of          Pods, ReplicaSets and EndpointSlices that are not Ready, and what they are part of
//   trouble_found    what is wrong, by `trouble`; parts count as what they are part of, so that ten
//                    crashing Pods are one Deployment, and a new Pod name does not restart an alert
//   cause_candidate  what explains an object that is not Ready, by distance
//   root_cause       the nearest of them that is explained by nothing else
//   trouble          trouble_found with cause, root, helm_release and environment: what alerts read
//
// Series are merged over `instance` and `pod` of the exporter everywhere: neither its restart nor a second
// replica may make another series.
local promql = import '../lib/promql.libsonnet';

{
  local config = $._config,
  local names = { c: config.clusterLabel, reference: promql.matchers(config.referenceSelector) } + config,
  local object = '%(c)s, id, kind, namespace, name' % names,

  // Objects whose workloads sleep have no Pods: that is no fault of theirs.
  local asleepNamespaces = '(astrolabe_workload_asleep == 1)',
  local asleepTargets = 'label_join(astrolabe_workload_asleep == 1, "target", "/", "workload_kind", "namespace", "workload")',
  // The sources of edges, of those edges only whose target is among the targets.
  local sourcesOf(edges, targets=null) =
    if targets == null then 'label_replace(%s, "id", "$1", "source", "(.+)")' % edges
    else std.rstripChars(|||
      label_replace(
        %(edges)s
          and on (%(c)s, target)
        %(targets)s,
        "id", "$1", "source", "(.+)"
      )
    ||| % (names { edges: edges, targets: targets }), '\n'),
  local statusAs(label, matchers) =
    'label_replace(astrolabe_resource_status{%s}, "%s", "$1", "id", "(.+)")' % [matchers, label],
  local parts = 'label_replace(astrolabe:part_of:info, "id", "$1", "part", "(.+)")',
  // How many Pods in a status each whole has.
  local wholesOf(status) = |||
    count by (%(c)s, id) (
      astrolabe:part_of:info and on (%(c)s, part) %(pods)s
    )
  ||| % (names { pods: statusAs('part', 'kind="Pod",status="%s"' % status) }),
  // Wholes of a kind whose status nobody knows (a Rollout that is not watched, say).
  local unknownWholes(status) = promql.objectOf(config.clusterLabel, |||
    %(wholes)s
    unless on (%(c)s, id)
    astrolabe_resource_status{kind!~"Pod|ReplicaSet|EndpointSlice|ConfigMap|Secret",status!="Unknown"}
  ||| % (names { wholes: promql.inset(wholesOf(status), 0) })),

  local trouble(kind, expr) = {
    record: 'astrolabe:trouble_found:count',
    expr: expr,
    labels: { trouble: kind },
  },

  local partOf = {
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
             pods: statusAs('part', 'kind="Pod",status!="Ready"'),
             unready: statusAs('part', 'kind=~"Pod|ReplicaSet|EndpointSlice",status!="Ready"'),
           }),
  },

  local found = [
    trouble('node', |||
      group by (%(object)s) (astrolabe_resource_status{kind="Node",status="Error"})
    ||| % { object: object }),

    // One missing Secret is one trouble, however many objects refer to it: their number is the value.
    trouble('missing', promql.objectOf(config.clusterLabel, |||
      label_replace(
        count by (%(c)s, target) (
          group by (%(c)s, source, target) (astrolabe_reference_missing_info{%(referenceSelector)s})
        ),
        "id", "$1", "target", "(.+)"
      )
    ||| % names)),

    // In Error itself; or not Ready, with a Pod in Error. Failed Pods that a healthy workload has left
    // behind (evictions, retries of a Job that has since succeeded) are none. HorizontalPodAutoscalers
    // report an error while what they scale is asleep.
    trouble('error', |||
      group by (%(object)s) (astrolabe_resource_status{kind!="Node",status="Error"})
        unless on (%(c)s, id)
      %(parts)s
        unless on (%(c)s, id)
      %(asleepScalers)s
      or
      group by (%(object)s) (astrolabe_resource_status{kind!="Service",status=~"Pending|Unknown"})
        and on (%(c)s, id)
      %(inError)s
        unless on (%(c)s, id)
      %(runningJobs)s
      or
      %(unknown)s
    ||| % (names {
             object: object,
             parts: parts,
             asleepScalers: sourcesOf('astrolabe_edge_info{type="scales"}', asleepTargets),
             inError: promql.inset(wholesOf('Error'), 0),
             runningJobs: sourcesOf(
               'astrolabe_edge_info{type="owns",source_kind="Job",target_kind="Pod"}',
               statusAs('target', 'kind="Pod",status="Ready"')
             ),
             unknown: promql.inset(unknownWholes('Error'), 0),
           })),

    // A claim counts when something mounts it (one that waits for its first consumer may wait), a budget
    // unless its Pods are asleep, a Job when its Pods are Pending.
    trouble('pending', |||
      (
        group by (%(object)s) (
          astrolabe_resource_status{kind!~"Node|PersistentVolumeClaim|Service|%(patientKinds)s",status="Pending"}
        )
          unless on (%(c)s, id)
        %(parts)s
          unless on (%(c)s, id)
        (
          astrolabe_resource_status{kind="PodDisruptionBudget",status="Pending"}
            and on (%(c)s, namespace)
          %(asleep)s
            unless on (%(c)s, id)
          %(budgets)s
        )
        or
        group by (%(object)s) (
          astrolabe_resource_status{kind="PersistentVolumeClaim",status="Pending"}
            and on (%(c)s, id)
          label_replace(astrolabe_edge_info{type="mounts"}, "id", "$1", "target", "(.+)")
        )
        or
        group by (%(object)s) (
          astrolabe_resource_status{kind="Job",status="Pending"}
            and on (%(c)s, id)
          %(pendingPods)s
        )
        or
        %(unknown)s
      )
        unless on (%(c)s, id)
      astrolabe:trouble_found:count{trouble="error"}
    ||| % (names {
             object: object,
             parts: parts,
             asleep: asleepNamespaces,
             budgets: sourcesOf('astrolabe_edge_info{type="selects",source_kind="PodDisruptionBudget"}'),
             pendingPods: promql.inset(wholesOf('Pending'), 4),
             unknown: promql.inset(unknownWholes('Pending'), 2),
           })),

    // By its EndpointSlices, because a load balancer without an address is Pending too. A Service that
    // selects nothing in a namespace where something sleeps is taken for a sleeper's.
    trouble('service', |||
      group by (%(object)s) (astrolabe_resource_status{kind="Service",status="Pending"})
        unless on (%(c)s, id)
      %(served)s
        unless on (%(c)s, id)
      (
        astrolabe_resource_status{kind="Service",status="Pending"}
          and on (%(c)s, namespace)
        %(asleep)s
          unless on (%(c)s, id)
        %(selecting)s
      )
    ||| % (names {
             object: object,
             asleep: asleepNamespaces,
             served: sourcesOf(
               'astrolabe_edge_info{type="endpoints",source_kind="Service"}',
               statusAs('target', 'kind="EndpointSlice",status="Ready"')
             ),
             selecting: sourcesOf('astrolabe_edge_info{type="selects",source_kind="Service"}'),
           })),

    // The value is the number of dead backends.
    trouble('ingress', promql.objectOf(config.clusterLabel, |||
      label_replace(
        count by (%(c)s, source) (
          group by (%(c)s, source, target) (astrolabe_reference_missing_info{type="routes-to"})
          or
          group by (%(c)s, source, target) (astrolabe_edge_info{type="routes-to",source_kind="Ingress"})
            and on (%(c)s, target)
          label_replace(astrolabe:trouble_found:count{trouble="service"}, "target", "$1", "id", "(.+)")
        ),
        "id", "$1", "source", "(.+)"
      )
    ||| % names)),

    trouble('scaler', promql.objectOf(config.clusterLabel, |||
      label_replace(
        group by (%(c)s, source) (astrolabe_reference_missing_info{type="scales"}),
        "id", "$1", "source", "(.+)"
      )
    ||| % names)),

    trouble('budget', |||
      group by (%(object)s) (astrolabe_resource_info{kind="PodDisruptionBudget"})
        unless on (%(c)s, id)
      %(budgets)s
        unless on (%(c)s, namespace)
      %(asleep)s
        and on (%(c)s)
      (astrolabe_resources{kind="Pod"} > 0)
    ||| % (names {
             object: object,
             budgets: sourcesOf('astrolabe_edge_info{type="selects",source_kind="PodDisruptionBudget"}'),
             asleep: asleepNamespaces,
           })),
  ],

  // A part is spoken of as what it is part of, on both sides.
  local wholeOf(label, record) = |||
    label_replace(
      min by (%(c)s, %(other)s, whole) (
        %(record)s
          * on (%(c)s, %(label)s) group_left (whole)
        label_replace(
          label_replace(astrolabe:part_of:info, "whole", "$1", "id", "(.+)"),
          "%(label)s", "$1", "part", "(.+)"
        )
      ),
      "%(label)s", "$1", "whole", "(.+)"
    )
  ||| % (names { label: label, other: if label == 'id' then 'cause' else 'id', record: record }),

  local causes = [
    {
      record: 'astrolabe:cause_reported:distance',
      expr: |||
        min by (%(c)s, id, cause) (
          astrolabe_root_cause_info{distance="1"}
          or 2 * astrolabe_root_cause_info{distance="2"}
          or 3 * astrolabe_root_cause_info{distance!~"1|2"}
        )
      ||| % names,
    },
    {
      record: 'astrolabe:cause_of_whole:distance',
      expr: |||
        min by (%(c)s, id, cause) (
          %(mapped)s
          or
          astrolabe:cause_reported:distance
            unless on (%(c)s, id)
          %(parts)s
        )
      ||| % (names {
               mapped: promql.inset(wholeOf('id', 'astrolabe:cause_reported:distance'), 2),
               parts: parts,
             }),
    },
    {
      record: 'astrolabe:cause_candidate:distance',
      // The last `unless` drops what would be explained by itself: a Deployment by its own Pod.
      // An Ingress, which may well be Ready, is explained by the Services behind it.
      expr: |||
        min by (%(c)s, id, cause) (
          %(mapped)s
          or
          astrolabe:cause_of_whole:distance
            unless on (%(c)s, cause)
          label_replace(astrolabe:part_of:info, "cause", "$1", "part", "(.+)")
          or
          label_replace(
            label_replace(astrolabe_edge_info{type="routes-to",source_kind="Ingress"}, "id", "$1", "source", "(.+)"),
            "cause", "$1", "target", "(.+)"
          )
            and on (%(c)s, cause)
          label_replace(astrolabe:trouble_found:count{trouble="service"}, "cause", "$1", "id", "(.+)")
        )
          unless on (%(c)s, id, cause)
        label_replace(astrolabe:part_of:info, "cause", "$1", "id", "(.+)")
      ||| % (names {
               mapped: promql.inset(wholeOf('cause', 'astrolabe:cause_of_whole:distance'), 2),
             }),
    },
    {
      record: 'astrolabe:direct_cause:distance',
      expr: |||
        bottomk by (%(c)s, id) (1,
          astrolabe:cause_candidate:distance
            unless on (%(c)s, cause)
          label_replace(
            group by (%(c)s, id) (astrolabe:cause_candidate:distance), "cause", "$1", "id", "(.+)"
          )
        )
      ||| % names,
    },
    {
      record: 'astrolabe:root_cause:info',
      // What is explained only by things that have a cause themselves takes over theirs.
      expr: |||
        group by (%(c)s, id, cause) (
          astrolabe:direct_cause:distance
          or on (%(c)s, id)
          label_replace(
            bottomk by (%(c)s, id) (1, astrolabe:cause_candidate:distance)
              * on (%(c)s, cause) group_left (root)
            label_replace(
              label_replace(astrolabe:direct_cause:distance, "root", "$1", "cause", "(.+)"),
              "cause", "$1", "id", "(.+)"
            ),
            "cause", "$1", "root", "(.+)"
          )
        )
      ||| % names,
    },
  ],

  local places = [
    {
      record: 'astrolabe:namespace_environment:info',
      expr: |||
        topk by (%(c)s, namespace) (1,
          group by (%(c)s, namespace, environment) (
            astrolabe_sleepinfo_info or astrolabe_workload_cost_hourly_dollars
            or astrolabe_workload_baseline_cost_hourly_dollars or astrolabe_volume_cost_hourly_dollars
          )
        )
      ||| % names,
    },
    {
      record: 'astrolabe:object_release:info',
      // What is missing has no release of its own: it is that of something that refers to it.
      expr: |||
        topk by (%(c)s, id) (1,
          group by (%(c)s, id, helm_release) (
            astrolabe_resource_info{kind!~"Pod|ReplicaSet|EndpointSlice",helm_release!=""}
              and on (%(c)s, id)
            astrolabe:trouble_found:count
            or
            label_replace(
              group by (%(c)s, source, target) (astrolabe_reference_missing_info{%(referenceSelector)s})
                * on (%(c)s, source) group_left (helm_release)
              topk by (%(c)s, source) (1,
                group by (%(c)s, source, helm_release) (
                  label_replace(astrolabe_resource_info{helm_release!=""}, "source", "$1", "id", "(.+)")
                )
              ),
              "id", "$1", "target", "(.+)"
            )
          )
        )
      ||| % names,
    },
  ],

  local explained = [
    {
      record: 'astrolabe:trouble_explained:count',
      expr: |||
        label_replace(
          astrolabe:trouble_found:count * on (%(c)s, id) group_left (cause) astrolabe:root_cause:info,
          "root", "false", "", ""
        )
        or on (%(c)s, id, trouble)
        label_replace(
          label_replace(astrolabe:trouble_found:count, "cause", "$1", "id", "(.+)"),
          "root", "true", "", ""
        )
      ||| % names,
    },
    {
      record: 'astrolabe:trouble_released:count',
      expr: |||
        astrolabe:trouble_explained:count * on (%(c)s, id) group_left (helm_release) astrolabe:object_release:info
        or on (%(c)s, id, trouble)
        astrolabe:trouble_explained:count
      ||| % names,
    },
    {
      record: 'astrolabe:trouble:count',
      expr: |||
        astrolabe:trouble_released:count
          * on (%(c)s, namespace) group_left (environment)
        astrolabe:namespace_environment:info
        or on (%(c)s, id, trouble)
        label_replace(astrolabe:trouble_released:count, "environment", "$1", "namespace", "(.+)")
      ||| % names,
    },
  ],

  prometheusRules+:: {
    groups+: if !config.environments.graph then [] else [
      { name: 'astrolabe-graph.rules', rules: [partOf] + found + causes + places + explained },
    ],
  },
}
