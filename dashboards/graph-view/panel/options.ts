/** What can be chosen for a panel, in Grafana's panel editor. */

import type { DataFrame, FieldOverrideContext, PanelOptionsEditorBuilder, SelectableValue } from "@grafana/data";
import { read as understand } from "../src/core/model.ts";
import type { GroupBy } from "../src/index.ts";
import { read, type Graph } from "./frames.ts";

export interface Options {
  readonly groupBy: GroupBy;
  /** So many alike leaves of one node are drawn as one; the view's own choice if absent. */
  readonly foldFrom?: number;
  /** Kinds that are drawn; all if empty. */
  readonly kinds: readonly string[];
  /** Types of relations that are switched off at first; the view's own choice if empty. */
  readonly hidden: readonly string[];
  readonly toolbar: boolean;
  readonly legend: boolean;
}

/** For a panel that was another one before, or was written by hand. */
export const DEFAULTS: Options = { groupBy: "namespace", kinds: [], hidden: [], toolbar: true, legend: true };

/** Add the editors. */
export function addOptions(builder: PanelOptionsEditorBuilder<Options>): void {
  builder
    .addRadio({
      path: "groupBy",
      name: "Grouping",
      description: "What is drawn in one box. Readers can choose another in the toolbar.",
      defaultValue: DEFAULTS.groupBy,
      settings: {
        options: [
          { value: "namespace", label: "Namespace" },
          { value: "release", label: "Helm release" },
          { value: "none", label: "None" },
        ],
      },
    })
    .addNumberInput({
      path: "foldFrom",
      name: "Fold leaves from",
      description: "So many healthy leaves of one node are drawn as one with their number. Empty: 3, policies 2, Pods 9.",
      settings: { min: 2, integer: true, placeholder: "auto" },
    })
    .addMultiSelect({
      path: "kinds",
      name: "Kinds",
      description: "Only these kinds are drawn. Empty: all.",
      settings: { options: [], allowCustomValue: true, getOptions: choices(kindsOf) },
    })
    .addMultiSelect({
      path: "hidden",
      name: "Relations switched off",
      description:
        "Readers can switch them on in the legend. Empty: none in a small graph; in a large one access, placement, classes and images.",
      settings: { options: [], allowCustomValue: true, getOptions: choices(typesOf) },
    })
    .addBooleanSwitch({ path: "toolbar", name: "Toolbar", description: "Search, grouping, zoom. Left out where the panel is low.", defaultValue: DEFAULTS.toolbar })
    .addBooleanSwitch({
      path: "legend",
      name: "Legend",
      description: "What shapes and lines mean, and switches for relations. Left out where the panel is low.",
      defaultValue: DEFAULTS.legend,
    });
}

function choices(of: (graph: Graph) => Iterable<string>): (context: FieldOverrideContext) => Promise<SelectableValue<string>[]> {
  return (context) => {
    const found = read((context.data ?? []) as DataFrame[], String);
    const values = found.kind === "graph" ? [...new Set(of(found.graph))].sort() : [];
    return Promise.resolve(values.map((value) => ({ value, label: value })));
  };
}

function kindsOf({ nodes }: Graph): Iterable<string> {
  return [...understand(nodes, []).things.values()].map((thing) => thing.kind);
}

function typesOf({ nodes, edges }: Graph): Iterable<string> {
  return understand(nodes, edges).relations.map((relation) => relation.type);
}

/** Leave out kinds that were not chosen, and the relations that end at them. */
export function chosen(graph: Graph, kinds: readonly string[]): Pick<Graph, "nodes" | "edges" | "highlighted"> {
  if (!kinds.length) return graph;
  const wanted = new Set(kinds);
  const { things } = understand(graph.nodes, []);
  const drawn = (id: string) => wanted.has(things.get(id)?.kind ?? "");
  const { highlighted } = graph;
  return {
    highlighted: highlighted !== null && drawn(highlighted) ? highlighted : null,
    nodes: graph.nodes.filter((node) => drawn(node.id)),
    // An edge to nowhere stays: the view says that it is one.
    edges: graph.edges.filter((edge) => [edge.source, edge.target].every((id) => drawn(id) || !things.has(id))),
  };
}
