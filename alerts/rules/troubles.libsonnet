// What is wrong, by `trouble`; evaluated in this order.
local promql = import '../lib/promql.libsonnet';

function(config)
  local names = { c: config.clusterLabel } + config;
  local object = '%(c)s, id, kind, namespace, name' % names;
  local graph = (import '../lib/graph.libsonnet')(config);

  local served = graph.sourcesOf(
    'astrolabe_edge_info{type="endpoints",source_kind="Service"}',
    graph.statusAs('target', 'kind="EndpointSlice",status="Ready"')
  );

  local trouble(kind, expr) = {
    record: 'astrolabe:trouble_found:count',
    expr: expr,
    labels: { trouble: kind },
  };

  [
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
    // report an error while what they scale is asleep; where it does not exist, that is a trouble of its own.
    // A Service that has no ready endpoints is one, too; here are those that have some, and still do not work.
    trouble('error', |||
      (
        group by (%(object)s) (astrolabe_resource_status{kind!~"Node|Service",status="Error"})
          or
        group by (%(object)s) (astrolabe_resource_status{kind="Service",status="Error"})
          and on (%(c)s, id)
        %(served)s
      )
        unless on (%(c)s, id)
      %(parts)s
        unless on (%(c)s, id)
      %(asleepScalers)s
        unless on (%(c)s, id)
      %(lostScalers)s
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
             served: served,
             parts: graph.parts,
             asleepScalers: graph.sourcesOf('astrolabe_edge_info{type="scales"}', graph.asleepTargets),
             lostScalers: graph.sourcesOf('astrolabe_reference_missing_info{type="scales",optional!="true"}'),
             inError: promql.inset(graph.wholesOf('Error'), 0),
             runningJobs: graph.sourcesOf(
               'astrolabe_edge_info{type="owns",source_kind="Job",target_kind="Pod"}',
               graph.statusAs('target', 'kind="Pod",status="Ready"')
             ),
             unknown: promql.inset(graph.unknownWholes('Error'), 0),
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
             parts: graph.parts,
             asleep: graph.asleepNamespaces,
             budgets: graph.sourcesOf('astrolabe_edge_info{type="selects",source_kind="PodDisruptionBudget"}'),
             pendingPods: promql.inset(graph.wholesOf('Pending'), 4),
             unknown: promql.inset(graph.unknownWholes('Pending'), 2),
           })),

    // By its EndpointSlices, because a load balancer without an address is Pending too. A Service that
    // selects nothing in a namespace where something sleeps is taken for a sleeper's.
    trouble('service', |||
      group by (%(object)s) (astrolabe_resource_status{kind="Service",status=~"Error|Pending"})
        unless on (%(c)s, id)
      %(served)s
        unless on (%(c)s, id)
      (
        astrolabe_resource_status{kind="Service",status=~"Error|Pending"}
          and on (%(c)s, namespace)
        %(asleep)s
          unless on (%(c)s, id)
        %(selecting)s
      )
    ||| % (names {
             object: object,
             asleep: graph.asleepNamespaces,
             served: served,
             selecting: graph.sourcesOf('astrolabe_edge_info{type="selects",source_kind="Service"}'),
           })),

    // The value is the number of dead backends.
    trouble('ingress', promql.objectOf(config.clusterLabel, |||
      label_replace(
        count by (%(c)s, source) (
          group by (%(c)s, source, target) (astrolabe_reference_missing_info{type="routes-to",optional!="true"})
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
        group by (%(c)s, source) (astrolabe_reference_missing_info{type="scales",optional!="true"}),
        "id", "$1", "source", "(.+)"
      )
    ||| % names)),

    trouble('budget', |||
      group by (%(object)s) (astrolabe_resource_info{kind="PodDisruptionBudget"})
        unless on (%(c)s, id)
      %(budgets)s
        unless on (%(c)s, namespace)
      %(asleep)s
        unless on (%(c)s, id)
      astrolabe_resource_status{kind="PodDisruptionBudget",reason="AtRest"}
        and on (%(c)s)
      (astrolabe_resources{kind="Pod"} > 0)
    ||| % (names {
             object: object,
             budgets: graph.sourcesOf('astrolabe_edge_info{type="selects",source_kind="PodDisruptionBudget"}'),
             asleep: graph.asleepNamespaces,
           })),
  ]
