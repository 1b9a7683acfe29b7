/** One card as SVG: status, name, kind, message, and its Pods as dots. */

import type { Card } from "../core/cards.ts";
import { podsOf } from "../core/objects.ts";
import { DOT, INDENT, PAD, SMALL_LINE, TITLE_LINE, type Body } from "../core/sizes.ts";
import { troubled } from "../core/status.ts";
import { count } from "../core/text.ts";
import { svg } from "./dom.ts";
import { shape, tint } from "./shapes.ts";

/** How many broken things a card's object is the nearest cause of, and what causes its own state. */
export interface Why {
  readonly explains: number;
  readonly because: string;
}

/** Fill a group with a card; what was in it goes. */
export function fill(group: SVGGElement, card: Card, body: Body, why: Why): void {
  const tone = troubled(card.tone) ? card.tone : tint(group, card.thing?.colour) ? "Unknown" : "";
  group.setAttribute("class", `card ${card.form} ${tone} ${card.layer > 3 && !tone ? "quiet" : ""}`);
  group.setAttribute("aria-label", label(card, why));
  if (isOpenable(card)) group.setAttribute("aria-expanded", String(card.open));
  else group.removeAttribute("aria-expanded");
  const parts: SVGElement[] = [];
  const { width, height } = body;
  if (card.form !== "object")
    for (const back of [6, 3])
      parts.push(svg("rect", { class: "back", x: back, y: back, width, height, rx: 8 }));
  parts.push(svg("rect", { class: "face", width, height, rx: 8 }));
  const mark = svg("g", { transform: `translate(${PAD + 9} ${PAD + 9})` }, shape(card.status));
  parts.push(mark, ...lines(body, card));
  if (body.dots.length) parts.push(dots(body));
  if (why.explains) parts.push(pill(`cause of ${why.explains}`, width));
  group.replaceChildren(...parts);
}

export function isOpenable(card: Card): boolean {
  return card.form !== "object" || podsOf(card).length > 0;
}

function lines(body: Body, card: Card): SVGElement[] {
  const found: SVGElement[] = [];
  let y = PAD;
  const write = (texts: readonly string[], line: number, name: string) => {
    for (const text of texts) {
      y += line;
      found.push(svg("text", { class: name, x: INDENT, y: y - 4 }, text));
    }
  };
  write(body.title, TITLE_LINE, "title");
  write(body.small, SMALL_LINE, "small");
  write(body.message, SMALL_LINE, `small message ${card.tone}`);
  return found;
}

function dots(body: Body): SVGGElement {
  const group = svg("g", { class: "dots", transform: `translate(${INDENT + 5} ${body.height - PAD - DOT / 2})` });
  body.dots.forEach((status, index) => {
    group.append(svg("g", { transform: `translate(${index * DOT} 0)` }, shape(status, 11)));
  });
  if (body.more) group.append(svg("text", { class: "small", x: body.dots.length * DOT - 3, y: 4 }, `+${body.more}`));
  return group;
}

function pill(text: string, width: number): SVGGElement {
  const wide = text.length * 6.1 + 14;
  return svg(
    "g",
    { class: "pill", transform: `translate(${width - wide - 8} -9)` },
    svg("rect", { width: wide, height: 18, rx: 9 }),
    svg("text", { x: wide / 2, y: 12.8 }, text),
  );
}

/** What is read out: everything that is seen. */
export function label(card: Card, why: Why): string {
  const parts = [`${card.subtitle} ${card.title}`.trim(), card.status];
  if (card.message) parts.push(card.message);
  const pods = podsOf(card);
  if (pods.length && card.form === "object") {
    const bad = pods.filter((pod) => troubled(pod.status)).length;
    parts.push(count(pods.length, "Pod") + (bad ? `, ${bad} of them not ready` : ""));
  }
  if (why.because) parts.push(`because of ${why.because}`);
  if (why.explains) parts.push(`cause of ${why.explains}`);
  if (card.group && card.form === "object") parts.push(`in ${card.group}`);
  return parts.join(", ");
}
