/** Order and lines of text, without locale: the same everywhere. */

/** Width of a text in px, at the size and weight that it is drawn in. */
export type Measure = (text: string, face: Face) => number;
export type Face = "title" | "small";

export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Compare lists of texts, first entries first. */
export function compareAll(a: readonly string[], b: readonly string[]): number {
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const order = compare(a[index] as string, b[index] as string);
    if (order) return order;
  }
  return a.length - b.length;
}

const AFTER_SEPARATORS = /(?<=[-./\s:@_])(?![-./\s:@_])/;
const BEFORE_CAPITALS = /(?<=[a-z])(?=[A-Z])/;

/** Break a text into lines of at most `width` px, at separators where possible. Nothing is cut away. */
export function wrap(text: string, width: number, face: Face, measure: Measure): string[] {
  if (measure(text, face) <= width) return [text];
  const fits = (piece: string) => measure(piece.trimEnd(), face) <= width;
  const lines: string[] = [];
  let line = "";
  const words = text.split(AFTER_SEPARATORS).flatMap((word) => (fits(word) ? [word] : word.split(BEFORE_CAPITALS)));
  for (const word of words) {
    if (fits(line + word)) {
      line += word;
      continue;
    }
    if (line) lines.push(line.trimEnd());
    line = word;
    while (!fits(line)) {
      const most = longest(line, width, face, measure);
      lines.push(line.slice(0, most));
      line = line.slice(most);
    }
  }
  if (line.trimEnd()) lines.push(line.trimEnd());
  return lines;
}

/** How many characters of a word fit; at least one, and never half of a surrogate pair. */
function longest(word: string, width: number, face: Face, measure: Measure): number {
  let low = 1;
  let high = word.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (measure(word.slice(0, middle), face) <= width) low = middle;
    else high = middle - 1;
  }
  const code = word.charCodeAt(low - 1);
  return code >= 0xd800 && code < 0xdc00 ? low + 1 : low;
}

/** Word a number of things: `1 Pod`, `3 Pods`, `2 Ingresses`, `2 NetworkPolicies`. */
export function count(number: number, noun: string): string {
  if (number === 1) return `1 ${noun}`;
  const plural = /[^aeiou]y$/.test(noun)
    ? `${noun.slice(0, -1)}ies`
    : /(s|x|ch)$/.test(noun)
      ? `${noun}es`
      : `${noun}s`;
  return `${number.toLocaleString("en")} ${plural}`;
}
