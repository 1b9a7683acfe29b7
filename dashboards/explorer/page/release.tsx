/** A Helm release. */

import * as React from "react";
import { MOST_MEMBERS, counts, explained, members, releaseQuestions, releases } from "../src/inside.ts";
import { releaseLinks } from "../src/links.ts";
import { compareTones } from "../src/objects.ts";
import { count } from "../src/words.ts";
import { useHere, useLink, useLoaded } from "./context.ts";
import { Counts } from "./inside.tsx";
import { Links } from "./object.tsx";
import { Empty, ObjectName, Objects, Reason, Section, Status, Trouble } from "./parts.tsx";

export function ReleasePage({ namespace, name }: { readonly namespace: string; readonly name: string }): React.ReactElement {
  const here = useHere();
  const link = useLink();
  const { value, failed } = useLoaded(`release ${JSON.stringify([namespace, name])}`, async ({ ask, address }) => {
    const { rows, errors } = await ask(releaseQuestions(address.cluster, namespace, name));
    return {
      release: releases(rows.releases)[0],
      counts: counts(rows.counts, rows.resting),
      members: members(rows.members),
      causes: explained(rows.causes, rows.said),
      errors,
    };
  });
  if (!value) return failed ? <Trouble said={[failed]} /> : <Empty>Loading …</Empty>;
  const tone = value.members.map((each) => each.tone).sort(compareTones)[0];
  return (
    <>
      <Trouble said={value.errors} />
      <header className={`ax-head ax-${tone ?? "none"}`} data-section="head">
        <div className="ax-row">
          <h1>{name}</h1>
          {tone && <Status tone={tone} />}
        </div>
        <div className="ax-row ax-dim">
          <span>Helm release</span>
          <span>
            namespace <a href={link({ page: "object", id: `Namespace/${namespace}` })}>{namespace}</a>
          </span>
          {value.release?.chart && <span>chart {value.release.chart}</span>}
          {value.release && <span>revision {value.release.revision || "?"}</span>}
          {value.release && <span>{value.release.status || "status ?"}</span>}
        </div>
        {!value.release && !value.members.length && <p>There is no such release at this time.</p>}
        <Links links={releaseLinks({ scope: here.address, source: here.source }, namespace, name)} />
      </header>
      {value.causes.length > 0 && (
        <Section title="Why" name="causes" note={count(value.causes.length, "cause")}>
          <ul className="ax-objects">
            {value.causes.map(({ id, reason, message, count: amount }) => (
              <li key={`${id} ${reason}`} data-id={id}>
                <ObjectName id={id} within={namespace} />
                <Reason reason={reason} />
                <span className="ax-message">{message}</span>
                <span className="ax-dim">explains {count(amount, "object")}</span>
              </li>
            ))}
          </ul>
        </Section>
      )}
      <div className="ax-columns">
        <Section title="Its objects" name="members" note={value.members.length === MOST_MEMBERS ? `the first ${MOST_MEMBERS}` : count(value.members.length, "object")}>
          {value.members.length ? <Objects items={value.members} within={namespace} /> : <Empty>There are none.</Empty>}
        </Section>
        <Counts counts={value.counts} />
      </div>
    </>
  );
}
