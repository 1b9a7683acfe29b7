/** Asks Prometheus through Grafana, and says in words what to do when that fails. */

import { getBackendSrv } from "@grafana/runtime";
import { asked, body, read, type Ask, type Source } from "../src/answers.ts";

/** Why there is no answer: what Grafana said, for people. */
export class AskError extends Error {}

interface FetchError {
  readonly status?: number;
  readonly statusText?: string;
  readonly data?: { readonly message?: string; readonly results?: unknown };
  readonly message?: string;
}

/** Ask for the end of a range, or over it: `from` and `to` are Unix milliseconds. */
export function asking(source: Source, from: number, to: number): Ask {
  return async (questions) => {
    if (!asked(questions).length) return read(questions, null);
    let answer: unknown;
    try {
      answer = await getBackendSrv().post("/api/ds/query", body(questions, source, from, to), { showErrorAlert: false });
    } catch (error) {
      // A query that fails makes the whole request fail, and the others' answers come along.
      const { data, status, statusText, message } = error as FetchError;
      if (!data?.results) throw new AskError(said(status, data?.message ?? statusText ?? message ?? String(error)));
      answer = data;
    }
    return read(questions, answer);
  };
}

function said(status: number | undefined, why: string): string {
  if (status === 403) return `You may not query this data source (${why}). Ask an administrator for the permission to query it.`;
  if (status === 404) return `Grafana does not find this data source (${why}). Choose another one above.`;
  return why;
}
