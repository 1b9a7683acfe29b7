// The exporter itself: if it fails, everything derived from it is wrong.
local alert = import '../lib/alert.libsonnet';

{
  local config = $._config,
  local names = { c: config.clusterLabel, astrolabe: config.astrolabeSelector } + config,
  local where = alert.inCluster(config),

  prometheusAlerts+:: {
    groups+: if !config.environments.exporter then [] else [
      alert.group(config, 'astrolabe-exporter', [
        {
          name: 'AstrolabeDown',
          severity: 'critical',
          pending: config.downFor,
          keep: false,
          // Down, or scraped within the last day and now gone from service discovery, cluster by cluster;
          // and, when nothing has been scraped for longer, or ever, once for all clusters.
          expr: |||
            group by (%(c)s) (present_over_time(up{%(astrolabe)s}[%(clusterForgottenAfter)s]))
              unless on (%(c)s) (up{%(astrolabe)s} == 1)
            or
            sum by (%(c)s) (absent_over_time(up{%(astrolabe)s}[%(clusterForgottenAfter)s]))
          ||| % names,
          summary: 'Astrolabe is down.',
          description: 'Prometheus has not scraped Astrolabe' + where + ' for ' + config.downFor + ' or more: its graph, sleep and cost series are missing, and alerts built on them cannot fire.',
        },
        {
          name: 'AstrolabeShardsMissing',
          severity: 'critical',
          pending: config.notSyncedFor,
          expr: |||
            count by (%(c)s) (count_values by (%(c)s) ("shard", astrolabe_shard{%(astrolabe)s}))
              < on (%(c)s)
            max by (%(c)s) (astrolabe_total_shards{%(astrolabe)s})
          ||| % names,
          summary: 'Shards of Astrolabe are missing.',
          description: 'Only {{ $value }} shard(s) of Astrolabe answer' + where + ': the objects of the others are missing from the graph, and objects that refer to them may look broken.',
        },
        {
          name: 'AstrolabeShardsDisagree',
          severity: 'warning',
          pending: config.notSyncedFor,
          expr: |||
            count by (%(c)s) (count_values by (%(c)s) ("total", astrolabe_total_shards{%(astrolabe)s})) > 1
          ||| % names,
          summary: 'Shards of Astrolabe have different numbers of shards.',
          description: 'Shards of Astrolabe' + where + ' have {{ $value }} different numbers of shards: some objects are exposed twice, others not at all.',
        },
        {
          name: 'AstrolabeShardTwice',
          severity: 'warning',
          pending: config.notSyncedFor,
          // Replicas of a shard are several on purpose, and then of each.
          expr: |||
            max by (%(c)s) (count_values by (%(c)s) ("shard", astrolabe_shard{%(astrolabe)s}))
              > on (%(c)s)
            min by (%(c)s) (count_values by (%(c)s) ("shard", astrolabe_shard{%(astrolabe)s}))
          ||| % names,
          summary: 'Several exporters have the same shard number.',
          description: '{{ $value }} exporters' + where + ' have the same shard number, more than for other shards: the objects of that shard are exposed several times.',
        },
        {
          name: 'AstrolabeClusterDown',
          severity: 'critical',
          pending: config.notSyncedFor,
          // Only an exporter of several clusters has this series.
          expr: |||
            max by (%(c)s) (astrolabe_cluster_up{%(astrolabe)s}) == 0
          ||| % names,
          summary: 'Astrolabe does not reach the API server of a cluster.',
          description: 'The API server' + where + ' does not answer Astrolabe: its data of the cluster is out of date or missing. Other clusters of the same process are not affected.',
        },
        {
          name: 'AstrolabeNotSynced',
          severity: 'warning',
          pending: config.notSyncedFor,
          expr: |||
            min by (%(c)s, resource) (astrolabe_synced{%(astrolabe)s}) == 0
              unless on (%(c)s, resource)
            (
              increase(astrolabe_list_total{%(astrolabe)s,result="forbidden"}[15m]) > 0
                or
              increase(astrolabe_watch_total{%(astrolabe)s,result="forbidden"}[15m]) > 0
            )
          ||| % names,
          summary: 'Astrolabe has no complete list of a kind.',
          description: 'Astrolabe' + where + ' has not got a complete list of {{ $labels.resource }}: these objects, and relations to them, are missing from the graph.',
        },
        {
          name: 'AstrolabeKindFailing',
          severity: 'warning',
          pending: '10m',
          // While others are answered: where nothing is, AstrolabeStale says so.
          expr: |||
            max by (%(c)s, resource) (astrolabe_failing{%(astrolabe)s}) == 1
              and on (%(c)s)
            min by (%(c)s) (astrolabe_failing{%(astrolabe)s}) == 0
          ||| % names,
          summary: 'The API server fails to serve a kind.',
          description: 'The API server' + where + ' fails to serve {{ $labels.resource }} while it serves other kinds: these objects are missing from the graph, or the graph shows their last state.',
        },
        {
          name: 'AstrolabeKindForbidden',
          severity: 'warning',
          pending: '10m',
          // Astrolabe retries a forbidden kind every 5 minutes; a kind that was granted before, by a watch.
          expr: |||
            (
              sum by (%(c)s, resource) (increase(astrolabe_list_total{%(astrolabe)s,result="forbidden"}[15m])) > 0
                or
              sum by (%(c)s, resource) (increase(astrolabe_watch_total{%(astrolabe)s,result="forbidden"}[15m])) > 0
            )
              and on (%(c)s, resource)
            (astrolabe_synced{%(astrolabe)s} == 0)
          ||| % names,
          summary: 'Astrolabe may not read a kind from its settings.',
          description: 'The API server' + where + ' forbids Astrolabe to read {{ $labels.resource }}: grant get, list and watch, or remove the kind from the settings.',
        },
        {
          name: 'AstrolabeStale',
          severity: 'warning',
          pending: '5m',
          // The time of the last event alone would also fire for a quiet kind: a healthy watch ends and is
          // reopened every 5 to 10 minutes, whether anything happens or not.
          expr: |||
            time() - max by (%(c)s, resource) (astrolabe_last_event_timestamp_seconds{%(astrolabe)s}) > %(staleMinutes)d * 60
              unless on (%(c)s, resource)
            sum by (%(c)s, resource) (increase(astrolabe_watch_total{%(astrolabe)s,result="success"}[%(staleMinutes)dm])) > 0
              and on (%(c)s, resource)
            (astrolabe_synced{%(astrolabe)s} == 1)
          ||| % names,
          summary: 'The data of a kind is out of date.',
          description: 'Astrolabe' + where + ' has received nothing for {{ $labels.resource }} for {{ $value | humanizeDuration }}: it shows the last known state.',
        },
        {
          name: 'AstrolabeListErrors',
          severity: 'warning',
          pending: '15m',
          expr: |||
            sum by (%(c)s, resource) (rate(astrolabe_list_total{%(astrolabe)s,result!~"success|forbidden"}[15m]))
              / on (%(c)s, resource)
            sum by (%(c)s, resource) (rate(astrolabe_list_total{%(astrolabe)s}[15m]))
              > %(followErrorShare)s
              and on (%(c)s, resource)
            sum by (%(c)s, resource) (increase(astrolabe_list_total{%(astrolabe)s,result!~"success|forbidden"}[15m])) >= %(followErrorCount)d
          ||| % names,
          summary: 'Lists of the API server fail.',
          description: '{{ $value | humanizePercentage }} of the lists of {{ $labels.resource }}' + where + ' failed in the last 15 minutes.',
        },
        {
          name: 'AstrolabeWatchErrors',
          severity: 'warning',
          pending: '15m',
          expr: |||
            sum by (%(c)s, resource) (rate(astrolabe_watch_total{%(astrolabe)s,result!~"success|forbidden"}[15m]))
              / on (%(c)s, resource)
            sum by (%(c)s, resource) (rate(astrolabe_watch_total{%(astrolabe)s}[15m]))
              > %(followErrorShare)s
              and on (%(c)s, resource)
            sum by (%(c)s, resource) (increase(astrolabe_watch_total{%(astrolabe)s,result!~"success|forbidden"}[15m])) >= %(followErrorCount)d
          ||| % names,
          summary: 'Watches of the API server fail.',
          description: '{{ $value | humanizePercentage }} of the watches of {{ $labels.resource }}' + where + ' failed in the last 15 minutes: changes arrive late.',
        },
        {
          name: 'AstrolabeNoLeader',
          severity: 'warning',
          pending: config.leaderFor,
          // Only where replicas elect one, one for each shard.
          expr: |||
            count by (%(c)s) (sum by (%(c)s, shard) (astrolabe_leader{%(astrolabe)s}) == 0)
          ||| % names,
          summary: 'No replica of Astrolabe is leader.',
          description: '{{ $value }} shard(s) of Astrolabe' + where + ' have had no leader for ' + config.leaderFor + ' or more: counters of sleep and savings are missing; other series are not affected.',
        },
        {
          name: 'AstrolabeSeveralLeaders',
          severity: 'warning',
          pending: config.leaderFor,
          expr: |||
            count by (%(c)s) (sum by (%(c)s, shard) (astrolabe_leader{%(astrolabe)s}) > 1)
          ||| % names,
          summary: 'Several replicas of Astrolabe are leader.',
          description: '{{ $value }} shard(s) of Astrolabe' + where + ' have several leaders: sums over counters of sleep and savings are too high.',
        },
        {
          name: 'AstrolabePersistenceDown',
          severity: 'warning',
          pending: config.persistenceDownFor,
          // Only with persistence. An exporter that waits while another one writes is up.
          expr: |||
            min by (%(c)s) (max_over_time(astrolabe_persistence_up{%(astrolabe)s}[5m])) == 0
          ||| % names,
          summary: 'Astrolabe does not write its state.',
          description: 'Astrolabe' + where + ' has not written its state to Redis for ' + config.persistenceDownFor + ' or more: it serves everything, but after a restart it continues from an older state or starts empty.',
        },
        {
          name: 'AstrolabeInternalError',
          severity: 'warning',
          // No `for`: one exception is a bug in the program, and its traceback is in the log now.
          expr: |||
            sum by (%(c)s, part) (increase(astrolabe_internal_errors_total{%(astrolabe)s}[1h])) > 0
          ||| % names,
          summary: 'Astrolabe had an internal error.',
          description: 'A part of Astrolabe' + where + ' ({{ $labels.part }}) failed {{ printf "%.0f" $value }} time(s) in the last hour. Astrolabe runs on and tries again, but the data of that part may be incomplete. The traceback is in the log.',
        },
        {
          name: 'AstrolabeScrapeSlow',
          severity: 'warning',
          pending: '15m',
          // Prometheus' own measure: it includes the network and counts against the scrape timeout.
          expr: |||
            max by (%(c)s) (avg_over_time(scrape_duration_seconds{%(astrolabe)s}[5m])) > %(slowScrapeSeconds)s
          ||| % names,
          summary: 'Scrapes of Astrolabe are slow.',
          description: 'A scrape of Astrolabe' + where + ' takes {{ $value | humanizeDuration }}; above the scrape timeout all its series are missing.',
        },
      ]),
    ],
  },
}
