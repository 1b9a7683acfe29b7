/** Text of PromQL. Whatever a name holds, it stays within its quotes and means itself. */

const META = /[\\^$.|?*+()[\]{}]/g;
const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Quote a string. JSON's escapes are Go's, but for halves of surrogates, which are no text to Prometheus. */
export function quoted(text: string): string {
  return JSON.stringify(text.replace(LONE, "\ufffd"));
}

/** A regular expression (RE2) that matches this text alone. */
export function literal(text: string): string {
  return text.replace(META, "\\$&");
}

/** A matcher: the label has this value. */
export function is(label: string, value: string): string {
  return `${label}=${quoted(value)}`;
}

/** A matcher: the label has one of these values. Without any it matches nothing that has an id. */
export function isAny(label: string, values: Iterable<string>): string {
  return `${label}=~${quoted([...new Set(values)].sort().map(literal).join("|"))}`;
}

/** Matchers: the label contains each of these words, in any case. */
export function contains(label: string, words: readonly string[]): string[] {
  return words.map((word) => `${label}=~${quoted(`(?i:.*${literal(word)}.*)`)}`);
}

/** A matcher: the label is this word, in any case. */
export function alike(label: string, word: string): string {
  return `${label}=~${quoted(`(?i:${literal(word)})`)}`;
}

/** A selector. An empty cluster adds no matcher: a Prometheus of one cluster has no such label. */
export function series(metric: string, cluster: string, ...matchers: readonly string[]): string {
  const all = cluster ? [is("cluster", cluster), ...matchers] : matchers;
  return all.length ? `${metric}{${all.join(", ")}}` : metric;
}

/** One of each, however many exporters say it: two are scraped at once during a rolling update. */
export function distinct(expression: string, ...labels: readonly string[]): string {
  return `group by (${["cluster", ...labels].join(", ")}) (${expression})`;
}

/** The value of each, once. */
export function value(expression: string, ...labels: readonly string[]): string {
  return `max by (${["cluster", ...labels].join(", ")}) (${expression})`;
}

/** The value of each, added up: what each shard counts for its own part, its replicas once. */
export function added(expression: string, cluster: string, ...labels: readonly string[]): string {
  const exporter = ["cluster", "job", "instance"].join(", ");
  const shards = `group by (${exporter}, shard) (count_values by (${exporter}) ("shard", ${series("astrolabe_shard", cluster)}))`;
  return `sum by (${["cluster", ...labels].join(", ")}) (${value(`${expression} * on (${exporter}) group_left (shard) ${shards}`, "shard", ...labels)})`;
}

/** At most so many of what an expression finds. */
export function atMost(count: number, expression: string): string {
  return `topk by (cluster) (${count}, ${expression})`;
}

/** Give a label's value to another label. */
export function renamed(expression: string, to: string, from: string): string {
  return `label_replace(${expression}, "${to}", "$1", "${from}", "(.+)")`;
}
