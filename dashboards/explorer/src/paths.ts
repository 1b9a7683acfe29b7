/**
 * The way from an object to a cause of it, one step at a time.
 *
 * The exporter says for each object its nearest causes and how far they are. So from an object that is `n` steps
 * away, a way leads on to whatever it needs that is `n - 1` steps away from the same cause. Each step asks for the
 * relations of one object alone, whatever the size of the cluster.
 */

import { label, type Ask, type Question, type Rows, type Questions } from "./answers.ts";
import { compare } from "./objects.ts";
import { atMost, distinct, is, isAny, renamed, series } from "./promql.ts";
import { NEEDING } from "../../graph-view/src/core/generated.ts";

/** A step of a way: the relation as it is in the graph, and where it leads. */
export interface Step {
  readonly source: string;
  readonly type: string;
  readonly target: string;
  readonly leadsTo: string;
  readonly missing: boolean;
}

export interface Way {
  readonly cause: string;
  readonly distance: number;
  readonly steps: readonly Step[];
  /** Whether the steps lead all the way. They do not where edges are left out of the metrics. */
  readonly whole: boolean;
}

const EDGE = "astrolabe_edge_info";
const MISSING = "astrolabe_reference_missing_info";
const MOST_CANDIDATES = 50;
const MOST_STEPS = 12;

type StepName = "forward" | "backward" | "missing" | "missed";

/** The questions for one step from `id` towards `cause`, which is `distance` steps away. */
export function stepQuestions(cluster: string, id: string, cause: string, distance: number): Partial<Record<StepName, Question>> {
  const target = `type!~"${[...NEEDING.target, ...NEEDING.neither].join("|")}"`;
  const source = `type=~"${NEEDING.target.join("|")}"`;
  const forward = (to: string, ...more: string[]) => distinct(`${series(EDGE, cluster, is("source", id), target, ...more)}${to}`, "type", "target");
  const backward = (to: string, ...more: string[]) => distinct(`${series(EDGE, cluster, is("target", id), source, ...more)}${to}`, "type", "source");
  if (distance === 1)
    return {
      forward: { expr: forward("", is("target", cause)) },
      backward: { expr: backward("", is("source", cause)) },
      missing: { expr: distinct(series(MISSING, cluster, is("source", id), is("target", cause)), "type", "source", "target") },
      missed: { expr: distinct(series(MISSING, cluster, is("target", id), is("source", cause)), "type", "source", "target") },
    };
  const nearer = distinct(series("astrolabe_root_cause_info", cluster, is("cause", cause), is("distance", String(distance - 1))), "id");
  return {
    forward: { expr: atMost(MOST_CANDIDATES, forward(` and on (cluster, target) ${renamed(nearer, "target", "id")}`)) },
    backward: { expr: atMost(MOST_CANDIDATES, backward(` and on (cluster, source) ${renamed(nearer, "source", "id")}`)) },
  };
}

/** The next step: of equally near ones the first by id. */
export function nextStep(id: string, rows: Partial<Readonly<Record<StepName, Rows>>>): Step | null {
  const found: Step[] = [
    ...(rows.forward ?? []).map((row) => ({ source: id, type: label(row, "type"), target: label(row, "target"), leadsTo: label(row, "target"), missing: false })),
    ...(rows.backward ?? []).map((row) => ({ source: label(row, "source"), type: label(row, "type"), target: id, leadsTo: label(row, "source"), missing: false })),
    ...(rows.missing ?? []).map((row) => ({ source: id, type: label(row, "type"), target: label(row, "target"), leadsTo: label(row, "target"), missing: true })),
    ...(rows.missed ?? []).map((row) => ({ source: label(row, "source"), type: label(row, "type"), target: id, leadsTo: label(row, "source"), missing: true })),
  ];
  return found.sort((one, other) => compare(one.leadsTo, other.leadsTo) || compare(one.type, other.type))[0] ?? null;
}

/** Find the way to a cause; ends early where the metrics do not say how it goes on. */
export async function findWay(ask: Ask, cluster: string, id: string, cause: string, distance: number): Promise<Way> {
  const steps: Step[] = [];
  let here = id;
  for (let left = Math.min(distance, MOST_STEPS); left > 0; left--) {
    const { rows } = await ask(stepQuestions(cluster, here, cause, left));
    const step = nextStep(here, rows);
    if (!step) break;
    steps.push(step);
    here = step.leadsTo;
  }
  return { cause, distance, steps, whole: here === cause };
}

export interface Drawn {
  readonly nodes: readonly { readonly id: string; readonly mainstat: string; readonly detail__message: string; readonly detail__causes?: string }[];
  readonly edges: readonly { readonly source: string; readonly target: string; readonly detail__type: string }[];
}

/** The ways as a picture: what they lead through, and a line for each step. */
export function picture(id: string, ways: readonly Way[], state: (id: string) => { readonly status: string; readonly message: string }): Drawn {
  const edges = new Map<string, Drawn["edges"][number]>();
  const ids = new Set([id]);
  for (const { cause, steps, whole } of ways) {
    for (const { source, type, target, leadsTo } of steps) {
      ids.add(leadsTo);
      edges.set(JSON.stringify([source, type, target]), { source, target, detail__type: type });
    }
    if (whole) continue;
    const end = steps[steps.length - 1]?.leadsTo ?? id;
    ids.add(cause);
    edges.set(JSON.stringify([end, cause]), { source: end, target: cause, detail__type: "needs, in some way" });
  }
  const causes = ways.map(({ cause, steps, whole }) => [...steps.map(({ leadsTo }) => leadsTo), ...(whole ? [] : [cause])].join(" ")).join(",");
  const nodes = [...ids].map((each) => {
    const { status, message } = state(each);
    return { id: each, mainstat: status, detail__message: message, ...(each === id && causes ? { detail__causes: causes } : {}) };
  });
  return { nodes, edges: [...edges.values()] };
}

/** What a picture needs to know of each thing on the ways. */
export function wayQuestions(cluster: string, ids: readonly string[]) {
  const any = isAny("id", ids);
  return {
    status: { expr: distinct(series("astrolabe_resource_status", cluster, any), "id", "status", "reason") },
    said: { expr: distinct(series("astrolabe_cause_info", cluster, any), "id", "reason", "message") },
  } satisfies Questions;
}
