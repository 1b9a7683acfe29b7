// Everything that an operator may want to set. Durations are Prometheus durations, shares are 0 to 1.
{
  _config+:: {
    // The label with the name of the cluster. If Prometheus has only one cluster, it may be absent from
    // the series: an absent label groups and joins as the empty one.
    clusterLabel: 'cluster',

    // Selects the scrapes of the exporter: `up`, `scrape_duration_seconds` and its own telemetry.
    astrolabeSelector: 'job="astrolabe"',
    // Selects the Pods of kube-green by the labels of astrolabe_pod_workload_info. Empty leaves the alert
    // KubeGreenDown out: use this if Astrolabe may not read kube-green's namespace.
    kubeGreenSelector: 'namespace="kube-green",workload=~"kube-green.*"',
    // Restricts the alerts about the graph, by their labels: namespace, kind, name,
    // helm_release, environment. For example 'namespace!~"sandbox-.*"'.
    objectSelector: '',
    // Which references must exist. Routes and scale targets have their own alerts; a binding or a
    // ServiceAccount may name a missing object without harm.
    referenceSelector: 'optional!="true",type!~"grants|routes-to|scales",source_kind!="ServiceAccount"',
    // Kinds that may stay Pending without a fault: a Job is Pending while it runs, a released
    // volume waits for a person. If no controller writes addresses of Ingresses, add Ingress.
    patientKinds: 'Job|PersistentVolume',

    // Which groups are rendered. Without kube-green set `sleep` and `cost` to false.
    environments: {
      exporter: true,
      graph: true,
      sleep: true,
      cost: true,
      access: true,
      override: true,
    },

    // Address of the pages of docs/runbooks, without the last slash: the exporter serves them. Set
    // the address by which people reach the exporter, or your own copy of the pages.
    runbookURLBase: 'http://astrolabe:8080/docs/runbooks',
    // Address of the page of the reasons: alerts link to the section of the cause's reason.
    reasonsURL: 'http://astrolabe:8080/docs/reasons/README.md',
    // Keeps an alert firing over a restart of the exporter, whose series are gone for a scrape or two.
    // Empty leaves it out (Prometheus before 2.42).
    keepFiringFor: '5m',
    // Added to every alert, for routing.
    alertLabels: {},

    // Exporter
    downFor: '5m',
    clusterForgottenAfter: '1d',  // a cluster that was removed on purpose stops alerting after this
    notSyncedFor: '15m',
    staleMinutes: 20,  // a watch is reopened every 5 to 10 minutes, also for an idle kind
    followErrorShare: 0.5,  // of the lists or watches of 15 minutes,
    followErrorCount: 5,  // and at least this many
    leaderFor: '5m',  // another replica takes over within 15 seconds
    persistenceDownFor: '15m',  // a Redis that is restarted, or a failover, is over by then
    slowScrapeSeconds: 5,  // half of Prometheus' usual scrape_timeout

    // Graph. Alerts about causes wait no longer than alerts about their effects, so that they inhibit in time.
    causeFor: '5m',  // missing references, failed nodes
    errorFor: '10m',
    trafficFor: '10m',  // Services and Ingresses
    pendingFor: '15m',
    hygieneFor: '1h',
    degradedShare: 0.5,  // of a Helm release's workloads
    degradedCount: 2,

    // Access
    accessWindow: '1h',  // how long a new reader or administrator is reported

    // Sleep
    kubeGreenDownFor: '15m',
    operationWindow: '2h',  // how long a failed operation is reported
    wakeMissedWindow: '12h',  // how long a missed wake-up can explain sleeping workloads
    stuckAsleepFor: '30m',
    notAsleepFor: '15m',
    manualWakeGrace: '4h',  // how long an environment may stay awake after somebody woke it by hand
    manualWakeUpsPerWeek: 3,
    deletedSleepInfoWindow: '7d',

    // Override service
    overrideVerifiedFor: '10m',
    overrideOverdueSeconds: 600,
    overrideFailingFor: '10m',
    overrideAwayWindow: '10m',  // how long a backend may not answer
    overridesPerDay: 5,

    // Cost
    savingsDeclinedShare: 0.3,  // less than the week before
    savingsDeclinedDollars: 1,  // a week; a smaller decline is noise
  },
}
