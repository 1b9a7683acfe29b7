/** The panel: the graph view, a bar with the links of what is selected, or words. */

import { ThemeContext, type PanelProps } from "@grafana/data";
import * as React from "react";
import { Bar } from "./bar.tsx";
import type { Graph } from "./frames.ts";
import { follow, linksOf } from "./links.ts";
import { useView } from "./mounted.ts";
import { chosen, DEFAULTS, type Options } from "./options.ts";
import { shown } from "./states.ts";
import { Message } from "./words.tsx";

/** Heights in px below which the toolbar and the legend would leave the picture too little. */
const ROOM = { toolbar: 260, legend: 360 };
const WHOLE: React.CSSProperties = { position: "relative", display: "flex", flexDirection: "column", overflow: "hidden" };

export function GraphPanel(props: PanelProps<Options>): React.ReactElement {
  const { data, width, height } = props;
  const theme = React.useContext(ThemeContext);
  const options = fitting({ ...DEFAULTS, ...props.options }, height);
  const [selected, select] = React.useState<string | null>(null);
  const whole = React.useRef<HTMLDivElement>(null);

  const empty = props.fieldConfig?.defaults.noValue ?? "";
  const state = React.useMemo(
    () => shown(data.series, data.state, data.errors, theme.visualization.getColorByName, empty),
    [data.series, data.state, data.errors, theme, empty],
  );
  const before = React.useRef<Graph>(undefined);
  const graph = "graph" in state ? state.graph : state.loading ? before.current : undefined;
  React.useEffect(() => {
    before.current = graph;
  });
  const kinds = JSON.stringify(options.kinds);
  const drawn = React.useMemo(() => graph && chosen(graph, options.kinds), [graph, kinds]);
  const linked = React.useMemo(() => graph !== undefined && hasLinks(graph), [graph]);
  const open = (id: string) => whole.current && follow(linksOf(graph?.rows.get(id)), whole.current);
  const element = useView(drawn, options, theme.isDark, { onSelect: select, onOpen: linked ? open : undefined });

  const row = selected === null ? undefined : graph?.rows.get(selected);
  return (
    <div ref={whole} style={{ ...WHOLE, width, height }}>
      <div ref={element} style={{ flex: 1, minHeight: 0 }} />
      {linked && <Bar id={row ? selected : null} links={linksOf(row)} theme={theme} />}
      {"words" in state && !graph && <Message words={state.words} theme={theme} />}
    </div>
  );
}

function fitting(options: Options, height: number): Options {
  return { ...options, toolbar: options.toolbar && height >= ROOM.toolbar, legend: options.legend && height >= ROOM.legend };
}

/** Data links are a matter of fields: what the first row has, every row has. */
function hasLinks(graph: Graph): boolean {
  const [first] = graph.rows.values();
  return linksOf(first).length > 0;
}
