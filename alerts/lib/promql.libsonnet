// Pieces of PromQL that more than one rule needs.
{
  // Labels kind, namespace and name read from the label `id` (Kind/namespace/name or Kind/name).
  // The vector must not carry another namespace.
  objectOf(cluster, vector): std.format(|||
    max by (%s, id, kind, namespace, name) (
      label_replace(
        label_replace(
          label_replace(
            %s,
            "kind", "$1", "id", "([^/]+)/.+"
          ),
          "namespace", "$1", "id", "[^/]+/([^/]+)/.+"
        ),
        "name", "$1", "id", ".+/([^/]+)"
      )
    )
  |||, [cluster, self.inset(vector, 8)]),

  // A selector's text before further matchers.
  matchers(selector): if selector == '' then '' else selector + ',',

  // For a line that already stands at its column: the lines after the first are indented.
  inset(text, columns): std.strReplace(
    std.rstripChars(text, '\n'), '\n', '\n' + std.join('', std.makeArray(columns, function(_) ' '))
  ),
}
