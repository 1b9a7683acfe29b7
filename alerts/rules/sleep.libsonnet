// How environments sleep.
{
  local config = $._config,
  local names = { c: config.clusterLabel, astrolabe: config.astrolabeSelector } + config,

  // Of the operations that had something to do. Missed ones count as failures; without operations there
  // is no rate, rather than a NaN.
  local successRate(operation) = |||
    sum by (%(c)s, environment) (
      increase(kube_green_sleep_operations_total{operation="%(operation)s",status="success"}[7d])
    )
      / on (%(c)s, environment)
    (
      sum by (%(c)s, environment) (
        increase(kube_green_sleep_operations_total{operation="%(operation)s",status!="skipped"}[7d])
      ) > 0
    )
  ||| % (names { operation: operation }),

  prometheusRules+:: {
    groups+: if !config.environments.sleep then [] else [
      {
        name: 'kube-green.rules',
        rules: [
          {
            // 1 while something of the environment is asleep. How much of it: deployment_replicas_ratio.
            record: 'kube_green:environment_sleep_state',
            expr: |||
              max by (%(c)s, environment) (
                astrolabe_workload_asleep or 0 * astrolabe_environment_sleep_ratio
              )
            ||| % names,
          },
          {
            // Replicas that run of those that would run awake.
            record: 'kube_green:deployment_replicas_ratio',
            expr: |||
              1 - max by (%(c)s, environment) (astrolabe_environment_sleep_ratio)
            ||| % names,
          },
        ],
      },
      {
        name: 'kube-green-operations.rules',
        interval: '2m',  // ranges of a week need not be read more often
        rules: [
          { record: 'kube_green:sleep_operation_success_rate', expr: successRate('sleep') },
          { record: 'kube_green:wake_operation_success_rate', expr: successRate('wake_up') },
          {
            // 1 when somebody scaled something up by hand in the last 5 minutes while the schedule said
            // asleep; ten workloads woken together are one wake-up. Without wakeUpAt nobody else wakes, so
            // that is no exception. By difference, because increase() loses what happens
            // between two ranges; a counter that is new since counts from 0 if it would have been seen.
            record: 'kube_green:manual_wake_ups:count5m',
            expr: |||
              group by (%(c)s, namespace) (
                (
                  max by (%(c)s, namespace) (astrolabe_workload_scale_total{actor="other",direction="up"})
                    > on (%(c)s, namespace)
                  max by (%(c)s, namespace) (astrolabe_workload_scale_total{actor="other",direction="up"} offset 5m)
                  or
                  max by (%(c)s, namespace) (astrolabe_workload_scale_total{actor="other",direction="up"}) > 0
                    unless on (%(c)s, namespace)
                  (astrolabe_workload_scale_total{actor="other",direction="up"} offset 5m)
                    and on (%(c)s)
                  (up{%(astrolabe)s} offset 5m == 1)
                )
                  and on (%(c)s, namespace)
                (
                  (astrolabe_sleepinfo_scheduled_asleep == 1)
                    and on (%(c)s, namespace, sleepinfo)
                  astrolabe_sleepinfo_info{wake_up_at!=""}
                )
              )
            ||| % names,
          },
        ],
      },
    ],
  },
}
