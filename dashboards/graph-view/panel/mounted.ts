/** The view as a part of a React component: made once for what it is made of, told of everything else. */

import * as React from "react";
import { createGraphView, type GraphView, type GraphViewOptions } from "../src/index.ts";
import type { Graph } from "./frames.ts";
import type { Options } from "./options.ts";

export interface Reader {
  readonly onSelect: (id: string | null) => void;
  /** Absent where there is nothing to open. */
  readonly onOpen: ((id: string) => void) | undefined;
}

type Drawn = Pick<Graph, "nodes" | "edges" | "highlighted">;

/** Keep a view in the element that the returned reference is given to. What is not drawable leaves the picture. */
export function useView(
  drawn: Drawn | undefined,
  options: Options,
  dark: boolean,
  reader: Reader,
): React.RefObject<HTMLDivElement | null> {
  const element = React.useRef<HTMLDivElement>(null);
  const view = React.useRef<GraphView | null>(null);
  const opened = React.useRef<string | null>(null);
  const listener = React.useRef(reader);
  React.useLayoutEffect(() => {
    listener.current = reader;
  });
  const opens = reader.onOpen !== undefined;
  const given = JSON.stringify([options.groupBy, options.foldFrom, options.hidden, options.toolbar, options.legend, opens]);
  React.useLayoutEffect(() => {
    if (!element.current) return;
    const made = createGraphView(element.current, {
      ...constant(options),
      theme: dark ? "dark" : "light",
      onSelect: (id) => listener.current.onSelect(id),
      ...(opens ? { onOpen: (id: string) => listener.current.onOpen?.(id) } : {}),
    });
    view.current = made;
    return () => {
      view.current = null;
      opened.current = null;
      made.destroy();
      listener.current.onSelect(null);
    };
    // The theme is changed without making the view anew.
  }, [given]);
  React.useLayoutEffect(() => view.current?.setTheme(dark ? "dark" : "light"), [dark]);
  React.useEffect(() => {
    const now = view.current;
    if (!drawn || !now) return;
    void now.update(drawn.nodes, drawn.edges).then(() => {
      // Once for each object that a board opens on: what the reader selects afterwards stays.
      if (view.current !== now || drawn.highlighted === opened.current) return;
      opened.current = drawn.highlighted;
      if (drawn.highlighted !== null) now.select(drawn.highlighted);
    });
  }, [drawn, given]);
  return element;
}

function constant({ groupBy, foldFrom, hidden, toolbar, legend }: Options): GraphViewOptions {
  return { groupBy, toolbar, legend, ...(foldFrom ? { foldFrom } : {}), ...(hidden.length ? { hidden } : {}) };
}
