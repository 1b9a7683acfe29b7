/** Search over every object, and over what is referred to and does not exist. */

import { label, only, type RowsOf, type Questions } from "./answers.ts";
import { compare, isPart, partsOf, toneOf, type Tone } from "./objects.ts";
import { alike, atMost, contains, distinct, series } from "./promql.ts";

export interface Hit {
  readonly id: string;
  readonly tone: Tone;
  readonly reason: string;
}

export interface Hits {
  readonly shown: readonly Hit[];
  /** How many there are, those that are not shown among them. */
  readonly count: number;
}

const ASKED = 500;
const SHOWN = 50;
const MOST_WORDS = 6;

export function wordsOf(text: string): string[] {
  return [...new Set(text.trim().split(/\s+/).filter(Boolean))].slice(0, MOST_WORDS);
}

export function searchQuestions(cluster: string, words: readonly string[]) {
  const objects = distinct(series("astrolabe_resource_status", cluster, ...contains("id", words)), "id", "kind", "name", "status", "reason");
  const missing = distinct(series("astrolabe_reference_missing_info", cluster, ...contains("target", words)), "target");
  return {
    // What is called just so must not be among those that are left out.
    exact: { expr: atMost(ASKED, distinct(series("astrolabe_resource_status", cluster, ...exactly(words)), "id", "status", "reason")) },
    objects: { expr: atMost(ASKED, objects) },
    missing: { expr: atMost(ASKED, missing) },
    count: { expr: `count by (cluster) (${objects})` },
    missingCount: { expr: `count by (cluster) (${missing})` },
  } satisfies Questions;
}

function exactly(words: readonly string[]): string[] {
  const [word = ""] = words;
  return words.length === 1 ? [alike("name", word)] : contains("id", words);
}

export function hits(words: readonly string[], rows: RowsOf<ReturnType<typeof searchQuestions>>): Hits {
  const found = new Map<string, Hit>();
  for (const row of [...rows.exact, ...rows.objects])
    found.set(label(row, "id"), { id: label(row, "id"), tone: toneOf(label(row, "status"), label(row, "reason")), reason: label(row, "reason") });
  for (const row of rows.missing) {
    const id = label(row, "target");
    if (!found.has(id)) found.set(id, { id, tone: "Missing", reason: "NotFound" });
  }
  const ranked = [...found.values()].map((hit) => ({ hit, rank: rank(hit.id, words) }));
  ranked.sort((one, other) => one.rank - other.rank || compare(one.hit.id, other.hit.id));
  const shown = ranked.slice(0, SHOWN).map(({ hit }) => hit);
  return { shown, count: Math.max((only(rows.count) ?? 0) + (only(rows.missingCount) ?? 0), shown.length) };
}

/** Lower is nearer to what was typed. */
function rank(id: string, words: readonly string[]): number {
  const { name } = partsOf(id);
  const lower = name.toLowerCase();
  const typed = words.map((word) => word.toLowerCase());
  const named = typed.some((word) => word === lower || word === id.toLowerCase()) ? 0 : typed.some((word) => lower.startsWith(word)) ? 1 : 2;
  return 2 * named + Number(isPart(id));
}
