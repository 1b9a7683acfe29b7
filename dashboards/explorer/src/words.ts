/** Numbers and times as they are shown: zero is 0, unknown is "?", what does not apply is empty. */

export function number(value: number | null): string {
  return value === null || Number.isNaN(value) ? "?" : new Intl.NumberFormat("en").format(value);
}

/** Little money is still money. */
export function dollars(value: number | null): string {
  if (value === null || Number.isNaN(value)) return "?";
  if (value === 0) return "$0";
  const digits = Math.abs(value) >= 1 ? 2 : Math.min(6, 1 - Math.floor(Math.log10(Math.abs(value))));
  return `$${value.toFixed(digits)}`;
}

export function count(value: number, one: string, many = `${one}s`): string {
  return `${number(value)} ${value === 1 ? one : many}`;
}

const UNITS: readonly (readonly [seconds: number, unit: string])[] = [[86_400, "d"], [3600, "h"], [60, "min"], [1, "s"]];

/** How long, in the two greatest units: `2 h 5 min`. */
export function duration(seconds: number): string {
  let left = Math.max(0, Math.round(seconds));
  const parts: string[] = [];
  for (const [size, unit] of UNITS) {
    if (parts.length === 1 && left < size) break;
    if (parts.length === 2) break;
    if (left < size && unit !== "s") continue;
    parts.push(`${Math.floor(left / size)} ${unit}`);
    left %= size;
    if (left === 0) break;
  }
  return parts.join(" ");
}

/** A status for people. */
export function toneName(tone: string): string {
  return tone === "AtRest" ? "At rest" : tone;
}
