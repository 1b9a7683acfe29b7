/** What hangs together, and is laid out together. */

import type { Item, Tie } from "./component.ts";

type Part = [Item[], Tie[]];

/** Parts beyond this are taken apart at what many share: nobody follows so many lines, and it would take seconds. */
const LARGE = 120;
/** So many ties make a card one that many share. */
const MANY = 8;

/** Split cards by their ties. Ties between parts of what was too large stay out of all of them. */
export function components(items: readonly Item[], ties: readonly Tie[]): Part[] {
  return split(items, ties).flatMap((part) => {
    if (part[0].length <= LARGE) return [part];
    const degree = new Map<string, number>();
    for (const { source, target } of part[1])
      for (const id of [source, target]) degree.set(id, (degree.get(id) ?? 0) + 1);
    const few = (id: string) => (degree.get(id) as number) <= MANY;
    return split(part[0], part[1].filter(({ source, target }) => few(source) && few(target)));
  });
}

function split(items: readonly Item[], ties: readonly Tie[]): Part[] {
  const parent = new Map(items.map((item) => [item.id, item.id]));
  const top = (id: string): string => {
    let at = id;
    while (parent.get(at) !== at) {
      parent.set(at, parent.get(parent.get(at) as string) as string);
      at = parent.get(at) as string;
    }
    return at;
  };
  for (const { source, target } of ties) parent.set(top(source), top(target));
  const found = new Map<string, Part>();
  for (const item of items) {
    const known = found.get(top(item.id));
    if (known) known[0].push(item);
    else found.set(top(item.id), [[item], []]);
  }
  for (const tie of ties) found.get(top(tie.source))?.[1].push(tie);
  return [...found.values()];
}
