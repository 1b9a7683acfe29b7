// What environments cost, and what sleeping saves.
//
// Savings are the difference to the baseline, what a workload would cost awake: the requests of what runs
// are 0 while it sleeps, and so would be anything computed from them. The hourly rate is recorded even
// while nothing sleeps (as 0), so sums and averages over it need no restarts, gaps or counters explained.
// Sums are over steps of a minute, whatever the evaluation interval is (five minutes at most).
{
  local config = $._config,
  local names = { c: config.clusterLabel, workload: '%s, namespace, workload_kind, workload, environment' % config.clusterLabel } + config,
  local baseline = 'max by (%(workload)s) (astrolabe_workload_baseline_cost_hourly_dollars)' % names,

  local projection(hours) = |||
    avg_over_time(kube_green:hourly_savings_estimate_dollars[7d]) * %(hours)s
      and on (%(c)s, environment)
    (count_over_time(kube_green:hourly_savings_estimate_dollars[7d:10m]) >= 144)
  ||| % (names { hours: hours }),

  prometheusRules+:: {
    groups+: if !config.environments.cost then [] else [
      {
        name: 'kube-green-cost.rules',
        rules: [
          {
            // Volumes cost while their workloads sleep.
            record: 'kube_green:hourly_cost_estimate_dollars',
            expr: |||
              sum by (%(c)s, environment) (
                max by (%(workload)s, resource) (astrolabe_workload_cost_hourly_dollars)
                or
                max by (%(c)s, namespace, persistentvolumeclaim, environment, storageclass) (
                  astrolabe_volume_cost_hourly_dollars
                )
              )
            ||| % names,
          },
          {
            record: 'kube_green:hourly_baseline_cost_dollars',
            expr: |||
              sum by (%(c)s, environment) (
                %(baseline)s
              )
            ||| % (names { baseline: baseline }),
          },
          {
            record: 'kube_green:hourly_savings_estimate_dollars',
            expr: |||
              sum by (%(c)s, environment) (
                clamp_min(
                  %(baseline)s
                    - on (%(workload)s)
                  (
                    sum by (%(workload)s) (
                      max by (%(workload)s, resource) (astrolabe_workload_cost_hourly_dollars)
                    )
                    or on (%(workload)s)
                    0 * %(baseline)s
                  ),
                  0
                )
                  and on (%(c)s, namespace, workload_kind, workload)
                (astrolabe_workload_asleep == 1)
                or on (%(workload)s)
                0 * %(baseline)s
              )
            ||| % (names { baseline: baseline }),
          },
          {
            // Of the trailing 24 hours.
            record: 'kube_green:daily_savings_estimate_dollars',
            expr: |||
              sum_over_time(kube_green:hourly_savings_estimate_dollars[1d:1m]) / 60
            |||,
          },
          {
            // 30 days like the 7 behind us, from the first whole day on: a night alone would promise too much.
            record: 'kube_green:monthly_savings_projection_dollars',
            expr: projection('24 * 30'),
          },
          {
            record: 'kube_green:annual_savings_projection_dollars',
            expr: projection('24 * 365'),
          },
          {
            // What sleeping saved of what workloads would have cost awake, in percent, over 7 days.
            record: 'kube_green:efficiency_percentage',
            expr: |||
              100 * avg_over_time(kube_green:hourly_savings_estimate_dollars[7d])
                / on (%(c)s, environment)
              (avg_over_time(kube_green:hourly_baseline_cost_dollars[7d]) > 0)
            ||| % names,
          },
        ],
      },
    ],
  },
}
