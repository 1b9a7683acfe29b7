/** How large a card is, and which text stands on which line of it. Lengths are in px at zoom 1. */

import type { Card } from "./cards.ts";
import { podsOf } from "./objects.ts";
import type { Status } from "./status.ts";
import { wrap, type Measure } from "./text.ts";

export const WIDTH = 208;
export const TITLE_LINE = 17;
export const SMALL_LINE = 14.5;
export const PAD = 9;
/** Where text begins: right of the status. */
export const INDENT = 34;
export const DOT = 14;
/** Pods that are drawn as dots; of more the number is written, and the worst are drawn. */
export const DOTS = 11;
const MESSAGE_LINES = 3;
const TEXT_WIDTH = WIDTH - INDENT - PAD;

export interface Body {
  readonly width: number;
  readonly height: number;
  readonly title: readonly string[];
  readonly small: readonly string[];
  readonly message: readonly string[];
  readonly dots: readonly Status[];
  /** Pods beyond the dots. */
  readonly more: number;
}

const RANK: readonly Status[] = ["Error", "Pending", "Missing", "Unknown", "Ready"];

export function body(card: Card, measure: Measure): Body {
  const title = wrap(card.title, TEXT_WIDTH, "title", measure);
  const small = card.subtitle ? wrap(card.subtitle, TEXT_WIDTH, "small", measure) : [];
  const message = short(card.message ? wrap(card.message, TEXT_WIDTH, "small", measure) : []);
  const all = card.form === "object" && !card.open ? podsOf(card).map((pod) => pod.status) : [];
  const dots = [...all].sort((a, b) => RANK.indexOf(a) - RANK.indexOf(b)).slice(0, DOTS);
  const rows = title.length * TITLE_LINE + (small.length + message.length) * SMALL_LINE + (dots.length ? DOT + 3 : 0);
  return { width: WIDTH, height: Math.round(rows + 2 * PAD), title, small, message, dots, more: all.length - dots.length };
}

/** Names are never cut; a message is, since the whole of it is shown for the selected object. */
function short(lines: readonly string[]): readonly string[] {
  if (lines.length <= MESSAGE_LINES) return lines;
  return [...lines.slice(0, MESSAGE_LINES - 1), `${lines[MESSAGE_LINES - 1]} …`];
}
