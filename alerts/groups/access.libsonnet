// Who can read Secrets, and who may do everything.
local alert = import '../lib/alert.libsonnet';

{
  local config = $._config,
  local names = { c: config.clusterLabel } + config,
  local where = alert.inCluster(config),

  prometheusAlerts+:: {
    groups+: if !config.environments.access then [] else [
      alert.group(config, 'astrolabe-access', [
        {
          name: 'AstrolabeSecretReaderGained',
          severity: 'warning',
          keep: false,
          // Only guarded namespaces: elsewhere every release may add readers.
          expr: |||
            max by (%(c)s, namespace) (increase(astrolabe_access_readers_gained_total[%(accessWindow)s])) > 0
              and on (%(c)s, namespace)
            group by (%(c)s, namespace) (astrolabe_access_namespace_guarded)
          ||| % names,
          summary: 'A Secret of a guarded namespace has a new reader.',
          description: 'Within ' + config.accessWindow + ' a user, group or ServiceAccount gained the right to read a Secret of namespace {{ $labels.namespace }}' + where + '.',
        },
        {
          name: 'AstrolabeClusterAdminGained',
          severity: 'critical',
          keep: false,
          expr: |||
            max by (%(c)s) (increase(astrolabe_access_admins_gained_total[%(accessWindow)s])) > 0
          ||| % names,
          summary: 'A user, group or account got the right to do everything.',
          description: 'Within ' + config.accessWindow + ' a user, group or ServiceAccount' + where + ' was bound to a role that allows everything, in all namespaces.',
        },
        {
          name: 'AstrolabeGrantDangling',
          severity: 'info',
          pending: config.hygieneFor,
          expr: |||
            max by (%(c)s, rule, namespace) (astrolabe_access_findings{rule=~"role-missing|account-missing"}) > 0
          ||| % names,
          summary: 'A binding names a role or an account that does not exist.',
          description: '{{ $value }} binding(s){{ with $labels.namespace }} of namespace {{ . }}{{ end }}' + where + ' name a missing role or account ({{ $labels.rule }}): whoever creates it controls the right.',
        },
      ]),
    ],
  },
}
