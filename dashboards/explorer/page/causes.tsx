/** Why an object is not Ready: its causes, and the way to each drawn. */

import { useTheme2 } from "@grafana/ui";
import * as React from "react";
import { label } from "../src/answers.ts";
import type { Facts } from "../src/object.ts";
import { partsOf } from "../src/objects.ts";
import { findWay, picture, wayQuestions, type Drawn, type Way as Found } from "../src/paths.ts";
import { phrase, states } from "../src/relations.ts";
import { count } from "../src/words.ts";
import { createGraphView, type GraphView } from "../../graph-view/src/index.ts";
import { go, useHere, useLoaded } from "./context.ts";
import { Empty, ObjectName, Reason, Section, Trouble } from "./parts.tsx";

export function Causes({ facts }: { readonly facts: Facts }): React.ReactElement {
  const what = JSON.stringify(["ways", facts.id, facts.causes]);
  const { value, failed } = useLoaded(what, async ({ ask, address }) => {
    const ways = await Promise.all(facts.causes.map((cause) => findWay(ask, address.cluster, facts.id, cause.id, cause.distance)));
    const ids = [facts.id, ...ways.flatMap(({ cause, steps }) => [cause, ...steps.map(({ leadsTo }) => leadsTo)])];
    const { rows, errors } = await ask(wayQuestions(address.cluster, ids));
    const known = states(rows.status);
    const said = new Map(rows.said.map((row) => [label(row, "id"), `${label(row, "reason")}: ${label(row, "message")}`]));
    const drawn = picture(facts.id, ways, (id) => ({ status: known.get(id)?.status ?? "Missing", message: said.get(id) ?? known.get(id)?.reason ?? "" }));
    return { ways, drawn, broken: ways.some(({ whole }) => !whole), errors };
  });
  return (
    <Section title="Why" name="causes" note={count(facts.causes.length, "cause")}>
      <Trouble said={failed ? [failed] : (value?.errors ?? [])} />
      <ul className="ax-objects">
        {facts.causes.map(({ id, reason, message, distance }) => (
          <li key={id} data-id={id}>
            <ObjectName id={id} />
            <Reason reason={reason} />
            <span className="ax-message">{message}</span>
            <span className="ax-dim">{count(distance, "step")} away</span>
            <Way id={facts.id} way={value?.ways.find((way) => way.cause === id)} />
          </li>
        ))}
      </ul>
      {value && <Picture drawn={value.drawn} selected={facts.id} />}
      {value?.broken && <Empty>A dashed step stands for relations that are not in the metrics (the exporter's settings edge_types and template_edges).</Empty>}
    </Section>
  );
}

/** The steps that a way leads through, in words. */
function Way({ id, way }: { readonly id: string; readonly way: Found | undefined }): React.ReactElement | null {
  if (!way || way.steps.length < 2) return null;
  const { namespace } = partsOf(id);
  return (
    <div className="ax-way" data-way={way.cause}>
      {way.steps.map((step, index) => (
        <span key={step.leadsTo}>
          {index > 0 && "which "}
          {phrase({ type: step.type, out: step.target === step.leadsTo })} <ObjectName id={step.leadsTo} within={namespace} />
          {index < way.steps.length - 1 && ", "}
        </span>
      ))}
    </div>
  );
}

function Picture({ drawn, selected }: { readonly drawn: Drawn; readonly selected: string }): React.ReactElement {
  const element = React.useRef<HTMLDivElement>(null);
  const view = React.useRef<GraphView | null>(null);
  const dark = useTheme2().isDark;
  const { address } = useHere();
  const open = React.useRef((_: string) => undefined as void);
  React.useLayoutEffect(() => {
    open.current = (id) => id !== selected && go(address, { place: { page: "object", id } });
  });
  React.useLayoutEffect(() => {
    if (!element.current) return;
    const made = createGraphView(element.current, { theme: dark ? "dark" : "light", groupBy: "none", toolbar: false, legend: false, foldFrom: 99, hidden: [], onOpen: (id) => open.current(id) });
    view.current = made;
    return () => {
      view.current = null;
      made.destroy();
    };
  }, [dark]);
  React.useEffect(() => void view.current?.update(drawn.nodes, drawn.edges).then(() => view.current?.fit()), [drawn, dark]);
  return <div ref={element} className="ax-picture" data-picture={drawn.nodes.length} />;
}
