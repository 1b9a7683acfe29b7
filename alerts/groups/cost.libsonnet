// What sleeping saves.
local alert = import '../lib/alert.libsonnet';

{
  local config = $._config,
  local names = { c: config.clusterLabel, remaining: 1 - config.savingsDeclinedShare } + config,

  prometheusAlerts+:: {
    groups+: if !config.environments.cost then [] else [
      alert.group(config, 'kube-green-cost', [
        {
          name: 'KubeGreenSavingsDeclined',
          severity: 'info',
          pending: '1h',
          keep: false,
          // Whole weeks, so that weekends weigh the same; averages over the samples that exist, so that
          // an hour without scrapes is no decline; and only when most of the week before (168 hours) was seen.
          expr: |||
            avg_over_time(kube_green:hourly_savings_estimate_dollars[7d])
              < %(remaining).2f *
            avg_over_time(kube_green:hourly_savings_estimate_dollars[7d] offset 7d)
              and on (%(c)s, environment)
            (avg_over_time(kube_green:hourly_savings_estimate_dollars[7d] offset 7d) * 24 * 7 >= %(savingsDeclinedDollars)s)
              and on (%(c)s, environment)
            (count_over_time(kube_green:hourly_savings_estimate_dollars[7d:1h] offset 7d) >= 130)
          ||| % names,
          summary: 'Sleeping saves less than in the week before.',
          description: 'Environment {{ $labels.environment }}' + alert.inCluster(config) + ' saved {{ $value | printf "%.2f" }} $ an hour over the last 7 days, at least ' + std.round(100 * config.savingsDeclinedShare) + ' % less than over the 7 days before.',
        },
      ], '5m'),
    ],
  },
}
