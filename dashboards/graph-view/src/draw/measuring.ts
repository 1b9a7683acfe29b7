/** Widths of text as the browser draws it. */

import type { Face, Measure } from "../core/text.ts";

const FAMILY = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif';
const FONTS: Readonly<Record<Face, string>> = { title: `600 13px ${FAMILY}`, small: `550 11px ${FAMILY}` };
const REMEMBERED = 20_000;

export function measuring(): Measure {
  const context = document.createElement("canvas").getContext("2d");
  const known = new Map<string, number>();
  return (text, face) => {
    const key = `${face} ${text}`;
    let width = known.get(key);
    if (width === undefined) {
      if (known.size > REMEMBERED) known.clear();
      if (context) context.font = FONTS[face];
      width = context?.measureText(text).width ?? text.length * 7.5;
      known.set(key, width);
    }
    return width;
  };
}
