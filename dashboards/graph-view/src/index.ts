/**
 * Draws a relationship graph in the browser.
 *
 * ```js
 * import { createGraphView } from "/assets/graph-view.js";
 *
 * const view = createGraphView(document.getElementById("graph"), { onOpen: (id) => show(id) });
 * await view.update(nodes, edges); // again whenever they change
 * view.select("Deployment/shop/web");
 * view.destroy();
 * ```
 *
 * The element gives the size: the view fills it and follows it. It lives in a shadow root with a constructed
 * style sheet, so it neither takes nor leaves styles, and works under a Content-Security-Policy of
 * `default-src 'none'; script-src 'self'`: no inline script or style, no worker, no request, no image.
 * Text of the input is only ever written as text.
 *
 * Input is `NodeFrame` and `EdgeFrame`, the frames of Grafana's node graph. What cannot be drawn (an edge to
 * nowhere, a second node with an id) is left out, and the view says so.
 */

export type { EdgeFrame, NodeFrame } from "./frames.ts";
export type { GraphView, GraphViewOptions, GroupBy, Theme } from "./face.ts";

import type { GraphView, GraphViewOptions } from "./face.ts";
import { View } from "./view.ts";

/** Put a view into an element, which gives it its size. */
export function createGraphView(element: HTMLElement, options: GraphViewOptions = {}): GraphView {
  return new View(element, options);
}
