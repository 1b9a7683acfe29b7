/** Times of the address and Grafana's time ranges. */

import { dateMath, dateTime, dateTimeFormat, type DateTime, type TimeRange } from "@grafana/data";
import { EARLIEST, LATEST, type Scope } from "../src/address.ts";

function point(text: string, roundUp: boolean): DateTime | undefined {
  const found = /^\d+$/.test(text) ? dateTime(Number(text)) : dateMath.isMathString(text) ? dateMath.parse(text, roundUp) : dateTime(text);
  return found?.isValid() ? found : undefined;
}

/** Read a range; what is no time, or ends before it begins, is the usual range. */
export function rangeOf({ from, to }: Pick<Scope, "from" | "to">): TimeRange {
  const begin = point(from, false);
  const end = point(to, true);
  if (!begin || !end || !begin.isBefore(end)) {
    const usual = { from: dateMath.parse(EARLIEST) as DateTime, to: dateMath.parse(LATEST) as DateTime };
    return { ...usual, raw: { from: EARLIEST, to: LATEST } };
  }
  const raw = (text: string, at: DateTime) => (dateMath.isMathString(text) ? text : at);
  return { from: begin, to: end, raw: { from: raw(from, begin), to: raw(to, end) } };
}

/** A range as an address has it. */
export function written({ raw }: TimeRange): Pick<Scope, "from" | "to"> {
  const text = (at: DateTime | string) => (typeof at === "string" ? at : String(at.valueOf()));
  return { from: text(raw.from), to: text(raw.to) };
}

/** A range that is moved by half of itself, or made twice as long. */
export function moved({ from, to }: TimeRange, what: "back" | "forward" | "out"): Pick<Scope, "from" | "to"> {
  const half = (to.valueOf() - from.valueOf()) / 2;
  const begin = from.valueOf() + (what === "forward" ? half : -half);
  const end = to.valueOf() + (what === "back" ? -half : half);
  return { from: String(Math.round(begin)), to: String(Math.round(end)) };
}

/** A moment in the reader's own time zone. Unix milliseconds. */
export function moment(at: number): string {
  return dateTimeFormat(at, { format: "YYYY-MM-DD HH:mm:ss" });
}
