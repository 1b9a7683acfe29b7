// kube-green: whether environments sleep and wake as their schedules say. The schedule itself is asked
// (astrolabe_sleepinfo_scheduled_asleep), never fixed hours: zones and weekdays are in it already.
local alert = import '../lib/alert.libsonnet';
local promql = import '../lib/promql.libsonnet';

{
  local config = $._config,
  local names = { c: config.clusterLabel, kubeGreen: config.kubeGreenSelector } + config,
  local where = alert.inCluster(config),
  local environment = 'Environment {{ $labels.environment }}' + where,
  local namespace = 'namespace {{ $labels.namespace }}' + where,

  // Workloads that sleep outside the schedules of their namespace. While the override service controls an
  // environment, it differs from its SleepInfo on purpose.
  local overslept = |||
    group by (%(c)s, namespace, workload_kind, workload, environment) (astrolabe_workload_asleep == 1)
      and on (%(c)s, namespace)
    astrolabe_sleepinfo_info
      unless on (%(c)s, namespace)
    (astrolabe_sleepinfo_scheduled_asleep == 1)
      unless on (%(c)s, environment)
    (astrolabe_override_holds == 1)
  ||| % names,

  prometheusAlerts+:: {
    groups+: if !config.environments.sleep then [] else [
      alert.group(config, 'kube-green', [
        {
          name: 'KubeGreenDown',
          enabled: config.kubeGreenSelector != '',
          severity: 'critical',
          pending: config.kubeGreenDownFor,
          // By its Pods: a Deployment that was scaled to zero is Ready.
          expr: |||
            group by (%(c)s) (astrolabe_sleepinfo_info)
              unless on (%(c)s)
            (
              astrolabe_pod_workload_info{%(kubeGreen)s}
                and on (%(c)s, namespace, pod)
              label_replace(astrolabe_resource_status{kind="Pod",status="Ready"}, "pod", "$1", "name", "(.+)")
            )
          ||| % names,
          summary: 'The operator kube-green does not run.',
          description: 'There are SleepInfos' + where + ', but no ready Pod of kube-green: nothing is put to sleep, and nothing is woken.',
        },
        {
          name: 'KubeGreenOperationFailed',
          severity: 'warning',
          keep: false,
          expr: |||
            sum by (%(c)s, environment, operation, status) (
              increase(kube_green_sleep_operations_total{status=~"failed|partial"}[%(operationWindow)s])
            ) > 0
          ||| % names,
          summary: 'A kube-green operation failed.',
          description: environment + ': an operation {{ $labels.operation }} ended with status {{ $labels.status }} in the last ' + config.operationWindow + '.',
        },
        {
          name: 'KubeGreenWakeMissed',
          severity: 'critical',
          pending: '2m',
          expr: |||
            sum by (%(c)s, environment) (
              increase(kube_green_sleep_operations_total{operation="wake_up",status="missed"}[%(wakeMissedWindow)s])
            ) > 0
              and on (%(c)s, environment)
            (
              %(overslept)s
            )
          ||| % (names { overslept: promql.inset(overslept, 2) }),
          summary: 'A wake-up of kube-green was missed.',
          description: environment + ' should have been woken, but kube-green never started the wake-up: workloads still sleep outside their schedule.',
        },
        {
          name: 'KubeGreenStuckAsleep',
          severity: 'warning',
          pending: config.stuckAsleepFor,
          expr: |||
            count by (%(c)s, namespace, environment) (
              %(overslept)s
            )
          ||| % (names { overslept: promql.inset(overslept, 2) }),
          summary: 'Workloads sleep outside their schedule.',
          description: '{{ $value }} workload(s) of ' + namespace + ' sleep outside their schedule.',
        },
        {
          name: 'KubeGreenNotAsleepWhenScheduled',
          severity: 'warning',
          pending: config.notAsleepFor,
          // Awake means that there are Pods: a workload that was at zero before cannot fall asleep.
          // Workloads woken by hand do not fire for a while, and never if only people wake them.
          expr: |||
            count by (%(c)s, namespace, sleepinfo, environment) (
              (
                group by (%(c)s, namespace, sleepinfo, target) (
                  label_replace(
                    astrolabe_edge_info{type="sleeps",target_kind!="CronJob"},
                    "sleepinfo", "$1", "source", "[^/]+/[^/]+/(.+)"
                  )
                )
                  and on (%(c)s, namespace, sleepinfo)
                (astrolabe_sleepinfo_scheduled_asleep == 1)
                  and on (%(c)s, target)
                label_join(astrolabe_pod_workload_info, "target", "/", "workload_kind", "namespace", "workload")
                  unless on (%(c)s, target)
                label_join(
                  max_over_time(astrolabe_workload_asleep[%(manualWakeGrace)s]) == 1,
                  "target", "/", "workload_kind", "namespace", "workload"
                )
              )
                * on (%(c)s, namespace, sleepinfo) group_left (environment)
              topk by (%(c)s, namespace, sleepinfo) (1,
                group by (%(c)s, namespace, sleepinfo, environment) (
                  astrolabe_sleepinfo_info{wake_up_at!=""}
                    unless on (%(c)s, environment)
                  (astrolabe_override_holds == 1)
                )
              )
            )
          ||| % names,
          summary: 'Workloads are awake when their schedule says asleep.',
          description: '{{ $value }} workload(s) of ' + namespace + ' run although the schedule of SleepInfo {{ $labels.sleepinfo }} says asleep.',
        },
        {
          name: 'KubeGreenFrequentManualWakeUps',
          severity: 'info',
          keep: false,
          expr: |||
            (sum by (%(c)s, namespace) (sum_over_time(kube_green:manual_wake_ups:count5m[7d:5m])) > %(manualWakeUpsPerWeek)d)
              * on (%(c)s, namespace) group_left (environment)
            topk by (%(c)s, namespace) (1, group by (%(c)s, namespace, environment) (astrolabe_sleepinfo_info))
          ||| % names,
          summary: 'An environment is often woken by hand.',
          description: 'Somebody woke workloads of ' + namespace + ' {{ $value }} times in the last 7 days while their schedule said asleep: the schedule does not fit the working hours.',
        },
        {
          name: 'KubeGreenSleepInfoDeletedWhileAsleep',
          severity: 'warning',
          pending: '10m',
          // Without a SleepInfo now, with one within the window: other sleepers have none at all.
          expr: |||
            count by (%(c)s, namespace, environment) (
              group by (%(c)s, namespace, workload_kind, workload, environment) (astrolabe_workload_asleep == 1)
                unless on (%(c)s, namespace)
              astrolabe_sleepinfo_info
                and on (%(c)s, namespace)
              present_over_time(astrolabe_sleepinfo_info[%(deletedSleepInfoWindow)s])
            )
          ||| % names,
          summary: 'A SleepInfo was deleted while its workloads slept.',
          description: '{{ $value }} workload(s) of ' + namespace + ' sleep, and their SleepInfo was deleted: nothing will wake them.',
        },
      ]),
    ],
  },
}
