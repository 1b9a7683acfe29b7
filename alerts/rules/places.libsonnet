// Environments and Helm releases, and the last steps that put everything together.
function(config)
  local names = { c: config.clusterLabel } + config;

  [
    {
      record: 'astrolabe:namespace_environment:info',
      expr: |||
        topk by (%(c)s, namespace) (1,
          group by (%(c)s, namespace, environment) (
            astrolabe_sleepinfo_info or astrolabe_workload_cost_hourly_dollars
            or astrolabe_workload_baseline_cost_hourly_dollars or astrolabe_volume_cost_hourly_dollars
          )
        )
      ||| % names,
    },
    {
      record: 'astrolabe:object_release:info',
      // What is missing has no release of its own: it is that of something that refers to it.
      expr: |||
        topk by (%(c)s, id) (1,
          group by (%(c)s, id, helm_release) (
            astrolabe_resource_info{kind!~"Pod|ReplicaSet|EndpointSlice",helm_release!=""}
              and on (%(c)s, id)
            astrolabe:trouble_found:count
            or
            label_replace(
              group by (%(c)s, source, target) (astrolabe_reference_missing_info{%(referenceSelector)s})
                * on (%(c)s, source) group_left (helm_release)
              topk by (%(c)s, source) (1,
                group by (%(c)s, source, helm_release) (
                  label_replace(astrolabe_resource_info{helm_release!=""}, "source", "$1", "id", "(.+)")
                )
              ),
              "id", "$1", "target", "(.+)"
            )
          )
        )
      ||| % names,
    },
  ] + [
    {
      record: 'astrolabe:trouble_explained:count',
      expr: |||
        label_replace(
          astrolabe:trouble_found:count * on (%(c)s, id) group_left (cause) astrolabe:root_cause:info,
          "root", "false", "", ""
        )
        or on (%(c)s, id, trouble)
        label_replace(
          label_replace(astrolabe:trouble_found:count, "cause", "$1", "id", "(.+)"),
          "root", "true", "", ""
        )
      ||| % names,
    },
    {
      record: 'astrolabe:trouble_released:count',
      expr: |||
        astrolabe:trouble_explained:count * on (%(c)s, id) group_left (helm_release) astrolabe:object_release:info
        or on (%(c)s, id, trouble)
        astrolabe:trouble_explained:count
      ||| % names,
    },
    {
      record: 'astrolabe:trouble:count',
      expr: |||
        astrolabe:trouble_released:count
          * on (%(c)s, namespace) group_left (environment)
        astrolabe:namespace_environment:info
        or on (%(c)s, id, trouble)
        label_replace(astrolabe:trouble_released:count, "environment", "$1", "namespace", "(.+)")
      ||| % names,
    },
  ]
