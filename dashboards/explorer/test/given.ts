/** What tests are given: series by hand, and a small graph that answers the questions for a way. */

import type { Answers, Ask, Question, Questions, RowsOf, Series } from "../src/answers.ts";

export function row(labels: Record<string, string>, ...values: number[]): Series {
  const points = values.length ? values : [1];
  return { labels, times: points.map((_, index) => index * 1000), values: points };
}

/** Series at moments, in seconds. */
export function over(labels: Record<string, string>, ...seconds: number[]): Series {
  return { labels, times: seconds.map((each) => each * 1000), values: seconds.map(() => 1) };
}

/** Rows for some questions; the others found nothing. */
export function rowsOf<Q extends Questions>(questions: Q, found: Partial<Record<keyof Q, Series[]>>): RowsOf<Q> {
  const names = Object.keys(questions) as (keyof Q)[];
  return Object.fromEntries(names.map((name) => [name, found[name] ?? []])) as unknown as RowsOf<Q>;
}

/** Answers each question by a function. */
export function asking(answer: (name: string, question: Question) => Series[]): Ask {
  return async <Q extends Questions>(questions: Q): Promise<Answers<Q>> => {
    const found = Object.entries(questions).map(([name, question]) => [name, question ? answer(name, question) : []]);
    return { rows: Object.fromEntries(found) as RowsOf<Q>, errors: [] };
  };
}

export const HOSTILE = ['a"b', "a\\b", "a\nb", "a|b", ".*", "${x}", "a}b", 'x"} or vector(1) #', "<img src=x onerror=alert(1)>", "%2F%", "ü ☃ 𝒳", "\ud800"];
