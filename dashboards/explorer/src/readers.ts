/** Who can read a Secret, by name: metrics have no names, the exporter's API has, where the app knows its address. */

import { ROOT } from "./address.ts";
import { partsOf } from "./objects.ts";

/** What an administrator sets in the app's configuration; the token stays in Grafana's backend. */
export interface Settings {
  /** The exporter's address, as Grafana's backend reaches it. */
  readonly exporterUrl?: string;
  /** Which cluster it tells of, where Prometheus holds more than one. */
  readonly exporterCluster?: string;
}

/** Where to ask. Grafana's backend goes on to the exporter with the token, by the route of `plugin.json`. */
export type Where = { readonly address: string; readonly query: Readonly<Record<string, string>> } | { readonly unset: true } | { readonly only: string };

/** Where to ask for a Secret of a cluster; `cluster` is empty where there is one alone. */
export function whereToAsk(settings: Settings, cluster: string, id: string): Where {
  if (!settings.exporterUrl) return { unset: true };
  if (cluster && cluster !== settings.exporterCluster) return { only: settings.exporterCluster ?? "" };
  const { namespace, name } = partsOf(id);
  return { address: `/api/plugin-proxy${ROOT.replace("/a/", "/")}/who-can`, query: { verb: "get", resource: `secrets/${name}`, namespace } };
}

export interface Reader {
  /** Its id: `User/alice`, `ServiceAccount/shop/web`. */
  readonly subject: string;
  /** What it does first, in each of its ways; the nearest first. */
  readonly how: readonly string[];
}

export interface Readers {
  readonly readers: readonly Reader[];
  /** Kinds that the exporter does not know completely: somebody may be missing. */
  readonly incomplete: readonly string[];
  /** Whether there was too much to look at all of it: somebody may be missing. */
  readonly truncated: boolean;
  /** Whether there is such a Secret. */
  readonly exists: boolean;
}

interface Answer {
  readonly request: string;
  readonly ways: readonly { readonly subject: string; readonly how: string }[];
  readonly incomplete: readonly string[];
  readonly truncated: boolean;
  readonly exists: boolean;
}

/** Read the exporter's answer; throws where it is none. */
export function readersOf(answer: unknown): Readers {
  const { request, ways = [], incomplete = [], truncated, exists } = (answer ?? {}) as Partial<Answer>;
  if (typeof request !== "string" || !Array.isArray(ways)) throw new Error("what answers there is no exporter of Astrolabe");
  const found = new Map<string, string[]>();
  for (const { subject, how } of ways) found.set(subject, [...(found.get(subject) ?? []), how]);
  return {
    readers: [...found].map(([subject, how]) => ({ subject, how })),
    incomplete,
    truncated: truncated === true,
    exists: exists !== false,
  };
}

const HOW: Readonly<Record<string, string>> = {
  read: "read it",
  exec: "run commands in a Pod that has it",
  run: "run a Pod that gets it",
  node: "act through a node",
  token: "ask for a token of an account",
  "token-secret": "read an account's token",
  impersonate: "impersonate somebody",
  certificate: "get a certificate signed",
  bind: "bind a role",
  escalate: "change a role",
};

/** What somebody does first to read a Secret's value, in words. */
export function firstStep(how: string): string {
  return HOW[how] ?? how;
}
