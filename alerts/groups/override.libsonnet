// The override service: whether overrides take effect, end, and are recorded. Without the service there are no such series, and nothing fires.
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
          summary: 'An override has no effect.',
          description: environment + ' should {{ $labels.action }}, but for ' + config.overrideVerifiedFor + ' the override service has not seen the effect.',
        },
        {
          name: 'AstrolabeOverrideExpiryFailed',
          severity: 'critical',
          keep: false,
          expr: |||
            max by (%(c)s, environment) (astrolabe_override_overdue_seconds) > %(overrideOverdueSeconds)d
          ||| % names,
          summary: 'An override ended, but the schedule is not restored.',
          description: environment + ': an override ended {{ $value | humanizeDuration }} ago, and the environment still does not follow its schedule.',
        },
        {
          name: 'AstrolabeOverrideStepFailing',
          severity: 'warning',
          pending: config.overrideFailingFor,
          expr: |||
            max by (%(c)s, environment, aim, step) (astrolabe_override_step_failing) == 1
          ||| % names,
          summary: 'A step of the override service fails.',
          description: environment + ': the step {{ $labels.step }} for {{ $labels.aim }} fails after retries.',
        },
        {
          name: 'AstrolabeOverrideBackendAway',
          severity: 'warning',
          // Over all replicas: the replica that works on the environment sends the requests.
          expr: |||
            sum by (%(c)s, backend) (
              increase(astrolabe_override_backend_requests_total{result="away"}[%(overrideAwayWindow)s])
            ) > 2
              unless on (%(c)s, backend)
            sum by (%(c)s, backend) (
              increase(astrolabe_override_backend_requests_total{result="answered"}[%(overrideAwayWindow)s])
            ) > 0
          ||| % names,
          summary: 'A backend of the override service does not answer.',
          description: '{{ $labels.backend }}' + where + ' has not answered for ' + config.overrideAwayWindow + ': overrides wait, or nobody can sign in (oidc).',
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
          summary: 'The audit of the override service is broken.',
          description: 'Records of the audit' + where + ' are missing or were changed.',
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
          description: environment + ' was overridden {{ $value | humanize }} times in a day: its schedule does not fit the working hours.',
        },
      ]),
    ],
  },
}
