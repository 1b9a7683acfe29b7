// One alert, with what every alert has.
{
  // spec: name, expr, severity, summary (a static sentence), description (templated); for, keep (bridges
  // the gap of a restart; off for alerts that count events) and labels are optional.
  new(config, spec): {
    alert: spec.name,
    expr: spec.expr,
    [if std.objectHas(spec, 'pending') then 'for']: spec.pending,
    [if std.get(spec, 'keep', true) && config.keepFiringFor != '' then 'keep_firing_for']: config.keepFiringFor,
    labels: config.alertLabels + std.get(spec, 'labels', {}) + { severity: spec.severity },
    annotations: {
      summary: spec.summary,
      description: spec.description,
      runbook_url: '%s/%s.md' % [config.runbookURLBase, spec.name],
    },
  },

  group(config, name, specs, interval=null): {
    name: name,
    [if interval != null then 'interval']: interval,
    rules: [$.new(config, spec) for spec in specs if std.get(spec, 'enabled', true)],
  },

  // " in cluster x", or nothing where there is one cluster only.
  inCluster(config): '{{ with $labels.%s }} in cluster {{ . }}{{ end }}' % config.clusterLabel,
}
