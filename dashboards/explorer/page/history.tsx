/** How an object was doing over the range, and what changed in it. */

import * as React from "react";
import { changed, changes, changesQuestion, changing, historyQuestions, stepOf, stretches, type Stretch } from "../src/history.ts";
import type { Relation } from "../src/relations.ts";
import { toneName } from "../src/words.ts";
import { useHere, useLoaded } from "./context.ts";
import { Empty, ObjectName, Reason, Section, Status, Trouble } from "./parts.tsx";
import { moment } from "./time.ts";

/** The newest stretches and changes that are listed. */
const LISTED = 12;

export function History({ id, relations }: { readonly id: string; readonly relations: readonly Relation[] }): React.ReactElement {
  const ids = changing(id, relations);
  const { value, failed } = useLoaded(JSON.stringify(["history", ids]), async ({ ask, address, from, to }) => {
    const step = stepOf(from, to);
    const { rows, errors } = await ask({ ...historyQuestions(address.cluster, id, step), changes: changesQuestion(address.cluster, ids, step) });
    return { stretches: stretches(rows, from, to, step), changes: changes(rows.changes, from, to), errors };
  });
  return (
    <>
      <Trouble said={failed ? [failed] : (value?.errors ?? [])} />
      <div className="ax-columns">
        <Section title="Status over time" name="history">
          {value ? <Timeline stretches={value.stretches} /> : !failed && <Empty>Loading …</Empty>}
        </Section>
        <Section title="What changed" name="changes" note="of it and of what it uses">
          {!value && !failed && <Empty>Loading …</Empty>}
          {value && !value.changes.length && <Empty>Nothing that is known changed in this time.</Empty>}
          <ul className="ax-times">
            {value?.changes.slice(0, LISTED).map((change) => (
              <li key={JSON.stringify(change)}>
                <time>{moment(change.at * 1000)}</time>
                <ObjectName id={change.id} />
                <span>{changed(change.what)}</span>
              </li>
            ))}
          </ul>
        </Section>
      </div>
    </>
  );
}

function Timeline({ stretches }: { readonly stretches: readonly Stretch[] }): React.ReactElement {
  const { from, to } = useHere();
  const known = stretches.filter((stretch) => stretch.tone !== null);
  return (
    <>
      <div className="ax-time" role="img" aria-label="Status over time">
        {stretches.map((stretch) => (
          <span
            key={stretch.begin}
            className={`ax-${stretch.tone ?? "none"}`}
            style={{ flex: `${stretch.end - stretch.begin} 0 0` }}
            title={`${moment(stretch.begin)} to ${moment(stretch.end)}: ${stretch.tone ? `${toneName(stretch.tone)} ${stretch.reason}` : "not known"}`}
          />
        ))}
      </div>
      <div className="ax-axis">
        <span>{moment(from)}</span>
        <span>{moment(to)}</span>
      </div>
      {!known.length && <Empty>Nothing was known of it in this time.</Empty>}
      <ul className="ax-times">
        {known
          .slice(-LISTED)
          .reverse()
          .map((stretch) => (
            <li key={stretch.begin}>
              <time>{moment(stretch.begin)}</time>
              {stretch.tone && <Status tone={stretch.tone} />}
              {stretch.tone !== "AtRest" && <Reason reason={stretch.reason} />}
            </li>
          ))}
      </ul>
    </>
  );
}
