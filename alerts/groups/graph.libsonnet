// Faults in the cluster, read from astrolabe:trouble:count (rules/graph.libsonnet). Each alert
// has `cause`, the id of the object that explains it, and `root`, whether it is about that object itself:
// Alertmanager's inhibition needs equal labels.
local alert = import '../lib/alert.libsonnet';
local promql = import '../lib/promql.libsonnet';

{
  local config = $._config,
  local names = { c: config.clusterLabel, objects: promql.matchers(config.objectSelector) } + config,
  local where = alert.inCluster(config),
  local trouble(kind) = 'max without (trouble) (astrolabe:trouble:count{%strouble="%s"})\n' % [names.objects, kind],

  // The message of the nearest cause: the object itself, or the cause in astrolabe_root_cause_info.
  local says =
    '{{ with printf `astrolabe:cause:info{%(c)s=%%q,id=%%q}' % names +
    ' or (astrolabe:cause:info{%(c)s=%%q} and on (%(c)s, id)' % names +
    ' label_replace(astrolabe_root_cause_info{%(c)s=%%q,id=%%q}, "id", "$1", "cause", "(.+)"))`' % names +
    ' $labels.%(c)s $labels.id $labels.%(c)s $labels.%(c)s $labels.id | query }}' % names +
    '{{ with first . }} {{ .Labels.id }}: {{ .Labels.reason }}' +
    '{{ with .Labels.message }}: {{ . }}{{ end }}.' +
    '{{ with .Labels.reason }} See %(reasonsURL)s#{{ . | toLower }}.{{ end }}{{ end }}{{ end }}' % names,
  local cause = '{{ if eq $labels.root "false" }} Its cause is {{ $labels.cause }}.{{ end }}' + says,
  // Services select Pods, so a workload affects Services through its Pods.
  local impact =
    '{{ with printf `max(astrolabe:impact:count{%(c)s=%%q,id=%%q}' % names +
    ' or label_replace(astrolabe:impact:count{%(c)s=%%q,kind="Pod",namespace=%%q}, "pod", "$1", "name", "(.+)")' % names +
    ' and on (%(c)s, namespace, pod)' % names +
    ' astrolabe_pod_workload_info{%(c)s=%%q,namespace=%%q,workload_kind=%%q,workload=%%q}) > 0`' % names +
    ' $labels.%(c)s $labels.id $labels.%(c)s $labels.namespace' % names +
    ' $labels.%(c)s $labels.namespace $labels.kind $labels.name | query }}' % names +
    ' It affects {{ . | first | value }} Service(s) and Ingress(es).{{ end }}',

  prometheusAlerts+:: {
    groups+: if !config.environments.graph then [] else [
      alert.group(config, 'astrolabe-graph', [
        {
          name: 'AstrolabeNodeError',
          severity: 'critical',
          pending: config.causeFor,
          expr: trouble('node'),
          summary: 'A node is not ready.',
          description: 'Node {{ $labels.name }}' + where + ' is not ready: its Pods get no traffic from their Services, and will be replaced on other nodes.' + says + impact,
        },
        {
          name: 'AstrolabeReferenceMissing',
          severity: 'warning',
          pending: config.causeFor,
          expr: trouble('missing'),
          summary: 'A referenced object does not exist.',
          description: '{{ $labels.id }}' + where + ' does not exist, but {{ $value }} object(s) refer to it.',
        },
        {
          name: 'AstrolabeResourceError',
          severity: 'warning',
          pending: config.errorFor,
          expr: trouble('error'),
          summary: 'An object is in error.',
          description: '{{ $labels.id }}' + where + ' is in error, or is not ready and has Pods in error.' + cause + impact,
        },
        {
          name: 'AstrolabeResourcePending',
          severity: 'warning',
          pending: config.pendingFor,
          expr: trouble('pending'),
          summary: 'An object does not become ready.',
          description: '{{ $labels.id }}' + where + ' has been pending for ' + config.pendingFor + ' or more.' + cause + impact,
        },
        {
          name: 'AstrolabeServiceWithoutReadyPods',
          severity: 'warning',
          pending: config.trafficFor,
          expr: trouble('service'),
          summary: 'A Service has no ready Pods.',
          description: 'Service {{ $labels.namespace }}/{{ $labels.name }}' + where + ' has no ready endpoint: connections to it fail.' + cause + impact,
        },
        {
          name: 'AstrolabeIngressToNowhere',
          severity: 'critical',
          pending: config.trafficFor,
          expr: trouble('ingress'),
          summary: 'An Ingress has no working backend.',
          description: 'Ingress {{ $labels.namespace }}/{{ $labels.name }}' + where + ' routes to {{ $value }} Service(s) that are missing or have no ready Pods: requests from outside fail.' + cause,
        },
        {
          name: 'AstrolabeHpaWithoutTarget',
          severity: 'warning',
          pending: config.trafficFor,
          expr: trouble('scaler'),
          summary: 'A HorizontalPodAutoscaler names a missing workload.',
          description: 'HorizontalPodAutoscaler {{ $labels.namespace }}/{{ $labels.name }}' + where + ' names a workload that does not exist: it scales nothing.',
        },
        {
          name: 'AstrolabePdbSelectsNothing',
          severity: 'info',
          pending: config.hygieneFor,
          expr: trouble('budget'),
          summary: 'A PodDisruptionBudget selects no Pods.',
          description: 'PodDisruptionBudget {{ $labels.namespace }}/{{ $labels.name }}' + where + ' selects no Pods: it protects nothing.',
        },
        {
          name: 'AstrolabeHelmReleaseDegraded',
          severity: 'warning',
          pending: config.pendingFor,
          // Helm says so itself; or many workloads are in trouble together. One workload in trouble has
          // its own alert, which names the release.
          expr: |||
            group by (%(c)s, namespace, helm_release, status) (
              label_replace(
                astrolabe_helm_release_info{%(objects)sstatus=~"failed|pending-.+|uninstalling"},
                "helm_release", "$1", "release", "(.+)"
              )
            )
              * on (%(c)s, namespace) group_left (environment)
            (
              astrolabe:namespace_environment:info
              or on (%(c)s, namespace)
              label_replace(
                group by (%(c)s, namespace) (astrolabe_helm_release_info), "environment", "$1", "namespace", "(.+)"
              )
            )
            or
            label_replace(
              (
                count by (%(c)s, namespace, helm_release, environment) (
                  group by (%(c)s, id, namespace, helm_release, environment) (
                    astrolabe:trouble:count{%(objects)strouble=~"error|pending",kind=~"Deployment|StatefulSet|DaemonSet",helm_release!=""}
                  )
                ) >= %(degradedCount)d
              )
                / on (%(c)s, namespace, helm_release)
                group_left ()
              count by (%(c)s, namespace, helm_release) (
                group by (%(c)s, id, namespace, helm_release) (
                  astrolabe_resource_info{kind=~"Deployment|StatefulSet|DaemonSet",helm_release!=""}
                )
              ) >= %(degradedShare)s,
              "status", "degraded", "", ""
            )
          ||| % names,
          summary: 'A Helm release is degraded.',
          description: 'Helm release {{ $labels.namespace }}/{{ $labels.helm_release }}' + where + ' is {{ $labels.status }}{{ if eq $labels.status "degraded" }}: {{ $value | humanizePercentage }} of its workloads are in error or pending{{ end }}.',
        },
      ]),
    ],
  },
}
