// What several exporters of one cluster say, put together: replicas say the same, so each series is taken
// once; shards each count their own part of these, so parts are added up. A cause of several shards is one.
{
  local config = $._config,
  local names = { c: config.clusterLabel },

  // An exporter that does not tell the number of its shard is taken for the only one.
  local counted(record, metric, labels) = {
    record: record,
    expr: |||
      sum by (%(c)s, %(labels)s) (
        max by (%(c)s, shard, %(labels)s) (
          %(metric)s * on (%(c)s, job, instance) group_left (shard) astrolabe:shard:info
          or
          %(metric)s unless on (%(c)s, job, instance) astrolabe:shard:info
        )
      )
    ||| % (names { metric: metric, labels: labels }),
  },

  prometheusRules+:: {
    groups+: if !config.environments.graph then [] else [
      {
        name: 'astrolabe-shards.rules',
        rules: [
          {
            record: 'astrolabe:shard:info',
            expr: |||
              group by (%(c)s, job, instance, shard) (
                count_values by (%(c)s, job, instance) ("shard", astrolabe_shard)
              )
            ||| % names,
          },
          counted('astrolabe:resources:count', 'astrolabe_resources', 'kind, namespace, status'),
          counted('astrolabe:edges:count', 'astrolabe_edges', 'type'),
          counted('astrolabe:impact:count', 'astrolabe_impact', 'id, kind, namespace, name'),
          counted('astrolabe:cause_affected:count', 'astrolabe_cause_affected', 'id'),
          {
            record: 'astrolabe:cause:info',
            expr: |||
              topk by (%(c)s, id) (1,
                group by (%(c)s, id, kind, namespace, name, reason, message) (astrolabe_cause_info)
              )
            ||| % names,
          },
        ],
      },
    ],
  },
}
