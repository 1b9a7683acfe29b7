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
{
  local config = $._config,

  prometheusRules+:: {
    groups+: if !config.environments.graph then [] else [
      {
        name: 'astrolabe-graph.rules',
        rules:
          [(import 'parts.libsonnet')(config)] +
          (import 'troubles.libsonnet')(config) +
          (import 'causes.libsonnet')(config) +
          (import 'places.libsonnet')(config),
      },
    ],
  },
}
