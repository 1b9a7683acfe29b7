// What explains what is wrong.
local promql = import '../lib/promql.libsonnet';

function(config)
  local names = { c: config.clusterLabel } + config;
  local graph = (import '../lib/graph.libsonnet')(config);

  // A part is spoken of as what it is part of, on both sides.
  local wholeOf(label, record) = |||
    label_replace(
      min by (%(c)s, %(other)s, whole) (
        %(record)s
          * on (%(c)s, %(label)s) group_left (whole)
        label_replace(
          label_replace(astrolabe:part_of:info, "whole", "$1", "id", "(.+)"),
          "%(label)s", "$1", "part", "(.+)"
        )
      ),
      "%(label)s", "$1", "whole", "(.+)"
    )
  ||| % (names { label: label, other: if label == 'id' then 'cause' else 'id', record: record });

  [
    {
      record: 'astrolabe:cause_reported:distance',
      expr: |||
        min by (%(c)s, id, cause) (
          astrolabe_root_cause_info{distance="1"}
          or 2 * astrolabe_root_cause_info{distance="2"}
          or 3 * astrolabe_root_cause_info{distance!~"1|2"}
        )
      ||| % names,
    },
    {
      record: 'astrolabe:cause_of_whole:distance',
      expr: |||
        min by (%(c)s, id, cause) (
          %(mapped)s
          or
          astrolabe:cause_reported:distance
            unless on (%(c)s, id)
          %(parts)s
        )
      ||| % (names {
               mapped: promql.inset(wholeOf('id', 'astrolabe:cause_reported:distance'), 2),
               parts: graph.parts,
             }),
    },
    {
      record: 'astrolabe:cause_candidate:distance',
      // The last `unless` drops what would be explained by itself: a Deployment by its own Pod.
      // An Ingress, which may well be Ready, is explained by the Services behind it.
      expr: |||
        min by (%(c)s, id, cause) (
          %(mapped)s
          or
          astrolabe:cause_of_whole:distance
            unless on (%(c)s, cause)
          label_replace(astrolabe:part_of:info, "cause", "$1", "part", "(.+)")
          or
          label_replace(
            label_replace(astrolabe_edge_info{type="routes-to",source_kind="Ingress"}, "id", "$1", "source", "(.+)"),
            "cause", "$1", "target", "(.+)"
          )
            and on (%(c)s, cause)
          label_replace(astrolabe:trouble_found:count{trouble="service"}, "cause", "$1", "id", "(.+)")
        )
          unless on (%(c)s, id, cause)
        label_replace(astrolabe:part_of:info, "cause", "$1", "id", "(.+)")
      ||| % (names {
               mapped: promql.inset(wholeOf('cause', 'astrolabe:cause_of_whole:distance'), 2),
             }),
    },
    {
      record: 'astrolabe:direct_cause:distance',
      expr: |||
        bottomk by (%(c)s, id) (1,
          astrolabe:cause_candidate:distance
            unless on (%(c)s, cause)
          label_replace(
            group by (%(c)s, id) (astrolabe:cause_candidate:distance), "cause", "$1", "id", "(.+)"
          )
        )
      ||| % names,
    },
    {
      record: 'astrolabe:root_cause:info',
      // What is explained only by things that have a cause themselves takes over theirs.
      expr: |||
        group by (%(c)s, id, cause) (
          astrolabe:direct_cause:distance
          or on (%(c)s, id)
          label_replace(
            bottomk by (%(c)s, id) (1, astrolabe:cause_candidate:distance)
              * on (%(c)s, cause) group_left (root)
            label_replace(
              label_replace(astrolabe:direct_cause:distance, "root", "$1", "cause", "(.+)"),
              "cause", "$1", "id", "(.+)"
            ),
            "cause", "$1", "root", "(.+)"
          )
        )
      ||| % names,
    },
  ]
