// The override service: whether what people asked for holds, ends, and is on record. Where it is not
// installed there are no such series, and nothing fires.
local alert = import '../lib/alert.libsonnet';

{
  local config = $._config,
  local names = { c: config.clusterLabel } + config,
  local where = alert.inCluster(config),
  local environment = 'Environment {{ $labels.environment }}' + where,

  prometheusAlerts+:: {
    groups+: if !config.environments.override then [] else [
      alert.group(config, 'astrolabe-override', [
        {
          name: 'AstrolabeOverrideNotVerified',
          severity: 'warning',
          pending: config.overrideVerifiedFor,
          expr: |||
            max by (%(c)s, environment, action) (astrolabe_override_verified) == 0
          ||| % names,
          summary: 'An override does not hold.',
          description: environment + ' was told to {{ $labels.action }}, and for ' + config.overrideVerifiedFor + ' nobody has seen that it did.',
        },
        {
          name: 'AstrolabeOverrideExpiryFailed',
          severity: 'critical',
          keep: false,
          expr: |||
            max by (%(c)s, environment) (astrolabe_override_overdue_seconds) > %(overrideOverdueSeconds)d
          ||| % names,
          summary: 'An override is over, and the schedule is not back.',
          description: environment + ': an override ended {{ $value | humanizeDuration }} ago, and the environment is still not as its schedule says.',
        },
        {
          name: 'AstrolabeOverrideStepFailing',
          severity: 'warning',
          pending: config.overrideFailingFor,
          expr: |||
            max by (%(c)s, environment, aim, step) (astrolabe_override_step_failing) == 1
          ||| % names,
          summary: 'The override service cannot do a step.',
          description: environment + ': the step {{ $labels.step }} on the way to {{ $labels.aim }} fails in spite of retries.',
        },
        {
          name: 'AstrolabeOverrideBackendAway',
          severity: 'warning',
          // Of all replicas: whichever has the environment asks.
          expr: |||
            sum by (%(c)s, backend) (
              increase(astrolabe_override_backend_requests_total{result="away"}[%(overrideAwayWindow)s])
            ) > 2
              unless on (%(c)s, backend)
            sum by (%(c)s, backend) (
              increase(astrolabe_override_backend_requests_total{result="answered"}[%(overrideAwayWindow)s])
            ) > 0
          ||| % names,
          summary: 'The override service gets no answer from another service that it needs.',
          description: '{{ $labels.backend }}' + where + ' has answered nothing within ' + config.overrideAwayWindow + '; what people asked for waits, or nobody can sign in (oidc).',
        },
        {
          name: 'AstrolabeOverrideAuditBroken',
          severity: 'critical',
          keep: false,
          // The head never falls, whichever replica tells it.
          expr: |||
            min by (%(c)s) (astrolabe_override_audit_intact) == 0
              or
            max by (%(c)s) (max_over_time(astrolabe_override_audit_head_sequence[1d]))
              > max by (%(c)s) (astrolabe_override_audit_head_sequence)
          ||| % names,
          summary: 'The audit of the override service was changed.',
          description: 'Records of the audit' + where + ' are missing or are not as they were written.',
        },
        {
          name: 'ManualOverrideFrequencyHigh',
          severity: 'info',
          keep: false,
          expr: |||
            sum by (%(c)s, environment) (
              increase(slack_webhook_manual_overrides_total{type!="extend"}[1d])
            ) > %(overridesPerDay)d
          ||| % names,
          summary: 'An environment is often overridden by hand.',
          description: environment + ' was overridden {{ $value | humanize }} times in a day: its schedule does not fit.',
        },
      ]),
    ],
  },
}
