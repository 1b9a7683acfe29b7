// The exporter itself: when it is wrong, everything derived from it is.
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
          description: 'Prometheus has not reached Astrolabe' + where + ' for ' + config.downFor + ' or more: its graph, sleep and cost series are missing, and so are the alerts built on them.',
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
          description: 'Only {{ $value }} shard(s) of Astrolabe answer' + where + ': the objects of the others are missing from the graph, and what refers to them may look broken.',
        },
        {
          name: 'AstrolabeShardsDisagree',
          severity: 'warning',
          pending: config.notSyncedFor,
          expr: |||
            count by (%(c)s) (count_values by (%(c)s) ("total", astrolabe_total_shards{%(astrolabe)s})) > 1
          ||| % names,
          summary: 'Shards of Astrolabe disagree about how many they are.',
          description: 'Shards of Astrolabe' + where + ' say {{ $value }} different numbers of shards: some objects are exposed twice, or by none of them.',
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
          summary: 'Several exporters have the number of one shard.',
          description: '{{ $value }} exporters' + where + ' say that they are the same shard, and others are fewer: the objects of that shard are exposed several times.',
        },
        {
          name: 'AstrolabeClusterDown',
          severity: 'critical',
          pending: config.notSyncedFor,
          // Of an exporter that follows several clusters; one that follows its own has no such series.
          expr: |||
            max by (%(c)s) (astrolabe_cluster_up{%(astrolabe)s}) == 0
          ||| % names,
          summary: 'Astrolabe does not reach the API server of a cluster.',
          description: 'The API server' + where + ' does not answer Astrolabe: what it shows of the cluster is out of date or missing. Other clusters that the same process follows are not affected.',
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
          summary: 'Astrolabe has not taken in a whole kind.',
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
          summary: 'A kind has a server of its own that fails.',
          description: 'The API server' + where + ' fails to serve {{ $labels.resource }} while it serves other kinds: these objects are missing from the graph, or shown as they last were.',
        },
        {
          name: 'AstrolabeKindForbidden',
          severity: 'warning',
          pending: '10m',
          // A forbidden kind is tried every 5 minutes; one that was granted before, by a watch.
          expr: |||
            (
              sum by (%(c)s, resource) (increase(astrolabe_list_total{%(astrolabe)s,result="forbidden"}[15m])) > 0
                or
              sum by (%(c)s, resource) (increase(astrolabe_watch_total{%(astrolabe)s,result="forbidden"}[15m])) > 0
            )
              and on (%(c)s, resource)
            (astrolabe_synced{%(astrolabe)s} == 0)
          ||| % names,
          summary: 'Astrolabe may not read a kind that it is set to watch.',
          description: 'The API server' + where + ' forbids Astrolabe to read {{ $labels.resource }}: grant it (get, list, watch) or take the kind out of the settings.',
        },
        {
          name: 'AstrolabeStale',
          severity: 'warning',
          pending: '5m',
          // The time of the last event alone would accuse a quiet kind: a healthy watch ends and is
          // reopened every 5 to 10 minutes, whether anything happens or not.
          expr: |||
            time() - max by (%(c)s, resource) (astrolabe_last_event_timestamp_seconds{%(astrolabe)s}) > %(staleMinutes)d * 60
              unless on (%(c)s, resource)
            sum by (%(c)s, resource) (increase(astrolabe_watch_total{%(astrolabe)s,result="success"}[%(staleMinutes)dm])) > 0
              and on (%(c)s, resource)
            (astrolabe_synced{%(astrolabe)s} == 1)
          ||| % names,
          summary: 'What Astrolabe shows of a kind is out of date.',
          description: 'Astrolabe' + where + ' has heard nothing of {{ $labels.resource }} for {{ $value | humanizeDuration }}: it shows the last state it knew.',
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
          summary: 'No replica of Astrolabe leads.',
          description: 'Of {{ $value }} shard(s) of Astrolabe' + where + ' no replica has held the lease for ' + config.leaderFor + ' or more: counters of sleep and savings are missing, everything else is there.',
        },
        {
          name: 'AstrolabeSeveralLeaders',
          severity: 'warning',
          pending: config.leaderFor,
          expr: |||
            count by (%(c)s) (sum by (%(c)s, shard) (astrolabe_leader{%(astrolabe)s}) > 1)
          ||| % names,
          summary: 'Several replicas of Astrolabe lead.',
          description: 'Of {{ $value }} shard(s) of Astrolabe' + where + ' several replicas say that they lead: sums over counters of sleep and savings are too high.',
        },
        {
          name: 'AstrolabePersistenceDown',
          severity: 'warning',
          pending: config.persistenceDownFor,
          // Only where persistence is on. An exporter that stands by for another one is up.
          expr: |||
            min by (%(c)s) (max_over_time(astrolabe_persistence_up{%(astrolabe)s}[5m])) == 0
          ||| % names,
          summary: 'Astrolabe does not keep its state.',
          description: 'Astrolabe' + where + ' has not kept its state in Redis for ' + config.persistenceDownFor + ' or more: it serves everything, but a restart goes on from an older state, or from none.',
        },
        {
          name: 'AstrolabeInternalError',
          severity: 'warning',
          // Nothing is waited for: one exception is a mistake in the program, and its traceback is in the log now.
          expr: |||
            sum by (%(c)s, part) (increase(astrolabe_internal_errors_total{%(astrolabe)s}[1h])) > 0
          ||| % names,
          summary: 'Astrolabe met an error inside itself.',
          description: 'A part of Astrolabe' + where + ' ({{ $labels.part }}) failed {{ printf "%.0f" $value }} time(s) in the last hour. It goes on and tries again, but what that part shows may be incomplete. The traceback is in the log.',
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
          description: 'A scrape of Astrolabe' + where + ' takes {{ $value | humanizeDuration }}; beyond the scrape timeout all its series go missing.',
        },
      ]),
    ],
  },
}
