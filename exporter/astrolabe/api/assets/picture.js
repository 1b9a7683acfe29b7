/** Asks for a part of the graph and makes the two frames of it that the drawing takes. */

import { idOf } from "./relevance.js";

/** @typedef {import("./graph-view.js").NodeFrame} NodeFrame */
/** @typedef {import("./graph-view.js").EdgeFrame} EdgeFrame */
/** @typedef {{nodes: NodeFrame[], edges: EdgeFrame[]}} Frames */
/** @typedef {{uid: string, kind: string, namespace: string, name: string, status: string, message: string, release?: string}} GraphNode */
/** @typedef {{type: string, from: string, to: string, optional?: boolean}} Reference */
/** @typedef {{nodes: GraphNode[], edges: Reference[], missing?: Reference[], causes?: Way[]}} Graph */
/** @typedef {{from: string, path: string[], missing: boolean}} Way */

/** Objects around one, up to which those around these are shown as well. */
const FEW = 40;
const ENOUGH = 160;

/**
 * @param {DOMStringMap} drawn `source` is where the graph is, `focus` the object in the middle
 * @param {string} query of the page, whose kind and status narrow the picture
 * @returns {Promise<Frames | null>} null where the exporter has no answer
 */
export async function picture({ source = "", focus }, query) {
  try {
    const graph = focus ? await surroundings(source) : /** @type {Graph} */ (await json(`${source}&causes=true`));
    return frames(narrowed(graph, new URLSearchParams(query)));
  } catch {
    return null;
  }
}

/**
 * @param {string} source of the nearest ones
 * @returns {Promise<Graph>} an object, what is around it, and what explains it
 */
async function surroundings(source) {
  const object = source.replace(/\/neighbors\?.*$/, "");
  const [near, self] = await Promise.all([
    /** @type {Promise<Graph>} */ (json(`${source}&causes=true`)),
    /** @type {Promise<{node?: GraphNode, missing: Reference[]}>} */ (json(object)),
  ]);
  let graph = near;
  if (near.nodes.length <= FEW) {
    const wider = /** @type {Graph} */ (await json(`${source.replace("depth=1", "depth=2")}&causes=true`));
    if (wider.nodes.length <= ENOUGH) graph = wider;
  }
  const uids = new Map(graph.nodes.map((node) => [idOf(node), node.uid]));
  const missing = [...self.missing];
  for (const { from, path, missing: absent } of graph.causes ?? []) {
    const before = uids.get(path.at(-2) ?? "");
    const cause = path.at(-1);
    if (from === self.node?.uid && absent && cause && before && before !== from) missing.push({ type: "", from: before, to: cause });
  }
  return { ...graph, missing };
}

/**
 * @param {Graph} graph
 * @param {URLSearchParams} asked
 * @returns {Graph} what has the kind and the status that are asked for, with what is next to it
 */
function narrowed(graph, asked) {
  const kind = asked.get("kind");
  const status = asked.get("status");
  const words = (asked.get("q") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  if (!kind && !status && !words.length) return graph;
  const wanted = new Set();
  for (const node of graph.nodes) {
    const id = idOf(node).toLowerCase();
    if ((!kind || node.kind === kind) && (!status || node.status === status) && words.every((word) => id.includes(word))) {
      wanted.add(node.uid);
    }
  }
  const missing = (graph.missing ?? []).filter((each) => wanted.has(each.from));
  const edges = graph.edges.filter((edge) => wanted.has(edge.from) || wanted.has(edge.to));
  const around = new Set([...wanted, ...edges.flatMap((edge) => [edge.from, edge.to])]);
  return { ...graph, nodes: graph.nodes.filter((node) => around.has(node.uid)), edges, missing };
}

/**
 * @param {Graph} graph
 * @returns {Frames}
 */
function frames(graph) {
  const ids = new Map(graph.nodes.map((node) => [node.uid, idOf(node)]));
  /** @type {Map<string, string[]>} */
  const ways = new Map();
  for (const { from, path } of graph.causes ?? []) ways.set(from, [...(ways.get(from) ?? []), path.join(" ")]);
  /** @type {Map<string, NodeFrame>} */
  const nodes = new Map();
  for (const node of graph.nodes) {
    nodes.set(idOf(node), {
      id: idOf(node),
      title: node.name,
      mainstat: node.status,
      detail__kind: node.kind,
      detail__namespace: node.namespace,
      detail__name: node.name,
      detail__message: node.message,
      detail__causes: (ways.get(node.uid) ?? []).join(","),
      ...(node.release ? { detail__release: node.release } : {}),
    });
  }
  /** @type {EdgeFrame[]} */
  const edges = [];
  for (const { type, from, to } of graph.edges) {
    edges.push({ source: ids.get(from) ?? from, target: ids.get(to) ?? to, detail__type: type });
  }
  for (const { type, from, to, optional } of graph.missing ?? []) {
    if (!nodes.has(to)) nodes.set(to, { id: to, mainstat: "Missing" });
    edges.push({ source: ids.get(from) ?? from, target: to, detail__type: type, detail__optional: String(optional ?? false) });
  }
  return { nodes: [...nodes.values()], edges };
}

/**
 * @param {string} address
 * @returns {Promise<unknown>}
 */
async function json(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return response.json();
}
