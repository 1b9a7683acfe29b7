/** What an object is related to, by type and direction. */

import * as React from "react";
import { phrase, type Relation } from "../src/relations.ts";
import { number } from "../src/words.ts";
import { Empty, Objects, Section } from "./parts.tsx";

/** So many of one kind are shown before a click. */
const FIRST = 8;

export function Relations({ relations }: { readonly relations: readonly Relation[] }): React.ReactElement {
  return (
    <Section title="Relations" name="relations">
      {!relations.length && <Empty>Nothing is related to it.</Empty>}
      {relations.map((relation) => (
        <Group key={`${relation.type} ${relation.out}`} relation={relation} />
      ))}
    </Section>
  );
}

function Group({ relation }: { readonly relation: Relation }): React.ReactElement {
  const [open, setOpen] = React.useState(false);
  const items = (open ? relation.shown : relation.shown.slice(0, FIRST)).map((each) => ({ ...each, ...(each.optional ? { note: "optional" } : {}) }));
  const hidden = relation.count - items.length;
  return (
    <div data-relation={`${relation.out ? "out" : "back"} ${relation.type}`} style={{ marginBottom: 10 }}>
      <h3>
        {phrase(relation)} ({number(relation.count)})
      </h3>
      <Objects items={items} />
      {hidden > 0 &&
        (relation.shown.length > items.length ? (
          <button type="button" className="ax-more" onClick={() => setOpen(true)}>
            {number(relation.shown.length - items.length)} more
          </button>
        ) : (
          <Empty>and {number(hidden)} more: search for them, or open the graph</Empty>
        ))}
    </div>
  );
}
