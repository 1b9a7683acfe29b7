/** What an object is related to, by type and direction. */

import * as React from "react";
import { partsOf } from "../src/objects.ts";
import { phrase, type Relation } from "../src/relations.ts";
import { number } from "../src/words.ts";
import { Empty, Objects, Section } from "./parts.tsx";

/** So many of one kind are shown before a click. */
const FIRST = 8;

export function Relations({ id, relations }: { readonly id: string; readonly relations: readonly Relation[] }): React.ReactElement {
  const { namespace } = partsOf(id);
  return (
    <Section title="Relations" name="relations">
      {!relations.length && <Empty>Nothing is related to it.</Empty>}
      {relations.map((relation) => (
        <Group key={`${relation.type} ${relation.out}`} relation={relation} namespace={namespace} />
      ))}
    </Section>
  );
}

function Group({ relation, namespace }: { readonly relation: Relation; readonly namespace: string }): React.ReactElement {
  const items = relation.shown.map((each) => ({ ...each, ...(each.optional ? { note: "optional" } : {}) }));
  const unknown = relation.count - items.length;
  return (
    <div data-relation={`${relation.out ? "out" : "back"} ${relation.type}`} style={{ marginBottom: 10 }}>
      <h3>
        {phrase(relation)} ({number(relation.count)}) <small>{relation.type}</small>
      </h3>
      <Objects items={items} within={namespace} first={FIRST} />
      {unknown > 0 && <Empty>and {number(unknown)} that are not listed: search for them, or open the graph</Empty>}
    </div>
  );
}
