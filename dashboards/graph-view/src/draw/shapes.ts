/** A shape for each status, told apart without colour: each in a square of 16 px around 0, 0. */

import type { Status } from "../core/status.ts";
import { svg } from "./dom.ts";

const OUTLINE: Readonly<Record<Status, string>> = {
  Ready: "M-7 0a7 7 0 1 0 14 0a7 7 0 1 0-14 0Z",
  Pending: "M0-8L8.4 6.6H-8.4Z",
  Error: "M-3.3-8H3.3L8-3.3V3.3L3.3 8H-3.3L-8 3.3V-3.3Z",
  Missing: "M0-8.6L8.6 0L0 8.6L-8.6 0Z",
  Unknown: "M-6.5-6.5H6.5V6.5H-6.5Z",
};

const SIGN: Readonly<Record<Status, string>> = {
  Ready: "M-3.2.2L-1 2.6L3.4-2.4",
  Pending: "M0-3.2V1.6M0 4.1V4.2",
  Error: "M-3-3L3 3M3-3L-3 3",
  Missing: "M-3.2 0H3.2",
  Unknown: "M-2-1.4A2 2 0 1 1 .6.4Q0 .8 0 1.6M0 4V4.1",
};

/** The shape with its sign; small ones go without. */
export function shape(status: Status, size = 16): SVGGElement {
  const group = svg("g", { class: `status ${status}` }, svg("path", { class: "outline", d: OUTLINE[status] }));
  if (size >= 12) group.append(svg("path", { class: "sign", d: SIGN[status] }));
  if (size !== 16) group.setAttribute("transform", `scale(${size / 17})`);
  return group;
}

/** Have what is Unknown in an element drawn in a colour; without one, or with what is none, as usual. */
export function tint(element: SVGElement, colour = ""): boolean {
  // A property of its own would take any text, an address to load from included.
  const good = CSS.supports("color", colour);
  if (good) element.style.setProperty("--Unknown", colour);
  else element.style.removeProperty("--Unknown");
  return good;
}

/** The shape as an image of its own, for legends and lists. */
export function badge(status: Status, colour = ""): SVGSVGElement {
  const found = svg("svg", { class: "badge", viewBox: "-9.5 -9.5 19 19", width: 15, height: 15, "aria-hidden": "true" }, shape(status));
  tint(found, colour);
  return found;
}
