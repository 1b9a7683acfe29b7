// Everything that an operator may want to set. Durations are Prometheus durations, shares are 0 to 1.
{
  _config+:: {
    // The label that tells clusters apart. Where Prometheus sees one cluster only it may be absent from
    // the series: an absent label groups and joins as the empty one.
    clusterLabel: 'cluster',

    // Selects the scrapes of the exporter: `up`, `scrape_duration_seconds` and its own telemetry.
    astrolabeSelector: 'job="astrolabe"',
    // Selects the Pods of kube-green by the labels of astrolabe_pod_workload_info. Empty leaves the alert
    // KubeGreenDown out: so where Astrolabe may not see kube-green's namespace.
    kubeGreenSelector: 'namespace="kube-green",workload=~"kube-green.*"',
    // Narrows the alerts about the graph, by the labels that they carry: namespace, kind, name,
    // helm_release, environment. For example 'namespace!~"sandbox-.*"'.
    objectSelector: '',
    // Which references have to exist. Routes and scale targets have alerts of their own; a binding or a
    // ServiceAccount may name what does not exist without anything failing.
    referenceSelector: 'optional!="true",type!~"grants|routes-to|scales",source_kind!="ServiceAccount"',
    // Kinds that may stay Pending without anything being wrong: a Job is Pending while it runs, a released
    // volume waits for a person. Where no controller writes addresses of Ingresses, add Ingress.
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

    // Where the pages of docs/runbooks are served, without the last slash: the exporter does so itself. Set
    // the address by which people reach it, or your own copy of the pages.
    runbookURLBase: 'http://astrolabe:8080/docs/runbooks',
    // Where the page of the reasons is served: alerts name the section of the cause's reason.
    reasonsURL: 'http://astrolabe:8080/docs/reasons/README.md',
    // Keeps an alert firing over a restart of the exporter, whose series are gone for a scrape or two.
    // Empty leaves it out (Prometheus before 2.42).
    keepFiringFor: '5m',
    // Added to every alert, for routing.
    alertLabels: {},

    // Exporter
    downFor: '5m',
    clusterForgottenAfter: '1d',  // a cluster that is gone on purpose stops alerting after this
    notSyncedFor: '15m',
    staleMinutes: 20,  // a watch is reopened every 5 to 10 minutes, so something has come for an idle kind by then
    followErrorShare: 0.5,  // of the lists or watches of 15 minutes,
    followErrorCount: 5,  // and at least so many
    leaderFor: '5m',  // another replica takes over within 15 seconds
    persistenceDownFor: '15m',  // a Redis that is restarted, or a failover, is over by then
    slowScrapeSeconds: 5,  // half of Prometheus' usual scrape_timeout

    // Graph. What can be a cause waits no longer than what it explains, so that it inhibits in time.
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
    wakeMissedWindow: '12h',  // how long a missed wake-up can explain that something still sleeps
    stuckAsleepFor: '30m',
    notAsleepFor: '15m',
    manualWakeGrace: '4h',  // somebody who wakes an environment by hand may use it so long
    manualWakeUpsPerWeek: 3,
    deletedSleepInfoWindow: '7d',

    // Override service
    overrideVerifiedFor: '10m',
    overrideOverdueSeconds: 600,
    overrideFailingFor: '10m',
    overrideAwayWindow: '10m',  // how long nothing may be answered
    overridesPerDay: 5,

    // Cost
    savingsDeclinedShare: 0.3,  // less than the week before
    savingsDeclinedDollars: 1,  // a week, below which a decline is noise
  },
}
