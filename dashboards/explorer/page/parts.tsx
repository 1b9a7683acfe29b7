/** Small parts that pages are made of. */

import * as React from "react";
import { partsOf, shortKind, type Tone } from "../src/objects.ts";
import { duration, number, toneName } from "../src/words.ts";
import { useHere, useLink } from "./context.ts";
import { moment } from "./time.ts";

/** A status by colour and word; a count stands for so many in that status, another word for what has none. */
export function Status({ tone, count, word = toneName(tone) }: { readonly tone: Tone; readonly count?: number; readonly word?: string }): React.ReactElement {
  return (
    <span className={`ax-status ax-${tone}`}>
      <i aria-hidden="true" />
      {count === undefined ? word : `${number(count)} ${word}`}
    </span>
  );
}

/** An object: its kind, its name that leads to its page, and its namespace, but for the one that goes without saying. */
export function ObjectName({ id, within = "" }: { readonly id: string; readonly within?: string }): React.ReactElement {
  const link = useLink();
  const { kind, namespace, name } = partsOf(id);
  return (
    <span className="ax-object">
      <span className="ax-kind">{shortKind(kind)}</span> <a href={link({ page: "object", id })}>{name}</a>
      {namespace && namespace !== within && (
        <span className="ax-dim">
          {" in "}
          <a href={link({ page: "object", id: `Namespace/${namespace}` })}>{namespace}</a>
        </span>
      )}
    </span>
  );
}

/** A reason: one word. */
export function Reason({ reason }: { readonly reason: string }): React.ReactElement | null {
  return reason ? <span className="ax-reason">{reason}</span> : null;
}

/** How long ago something was at the time that the page shows. Unix seconds. */
export function Ago({ at }: { readonly at: number | null }): React.ReactElement {
  const { to } = useHere();
  if (at === null) return <span className="ax-dim">?</span>;
  return <span title={moment(at * 1000)}>{duration(to / 1000 - at)}</span>;
}

export function Section(props: {
  readonly title: string;
  readonly name: string;
  readonly note?: React.ReactNode;
  readonly children: React.ReactNode;
}): React.ReactElement {
  return (
    <section className="ax-section" data-section={props.name} aria-label={props.title}>
      <h2>
        {props.title}
        {props.note && <small>{props.note}</small>}
      </h2>
      {props.children}
    </section>
  );
}

export function Empty({ children }: { readonly children: React.ReactNode }): React.ReactElement {
  return <p className="ax-dim">{children}</p>;
}

/** What the data source could not answer, and what to do. */
export function Trouble({ said }: { readonly said: readonly string[] }): React.ReactElement | null {
  if (!said.length) return null;
  return (
    <div className="ax-trouble" role="alert">
      <strong>The data source answered with an error. What is shown may be incomplete.</strong>
      <ul>
        {said.map((each) => (
          <li key={each}>{each}</li>
        ))}
      </ul>
      <p>
        Open the data source under Connections, and press “Save &amp; test”. If that succeeds, look whether the query was too large or took too long: choose a
        shorter time range.
      </p>
    </div>
  );
}

export interface Item {
  readonly id: string;
  readonly tone: Tone;
  readonly reason: string;
  readonly note?: string;
}

/** Rows of objects with status and reason; only the first so many before a click. */
export function Objects(props: { readonly items: readonly Item[]; readonly within?: string; readonly first?: number }): React.ReactElement {
  const { items, within, first = items.length } = props;
  const [open, setOpen] = React.useState(false);
  const shown = open ? items : items.slice(0, first);
  return (
    <>
      <ul className="ax-objects">
        {shown.map(({ id, tone, reason, note }) => (
          <li key={id} data-id={id}>
            <Status tone={tone} />
            <ObjectName id={id} {...(within ? { within } : {})} />
            {reason !== "AtRest" && <Reason reason={reason} />}
            {note && <span className="ax-dim">{note}</span>}
          </li>
        ))}
      </ul>
      {shown.length < items.length && (
        <button type="button" className="ax-more" onClick={() => setOpen(true)}>
          {number(items.length - shown.length)} more
        </button>
      )}
    </>
  );
}
