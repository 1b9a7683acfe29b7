/** What is in a namespace, and on a node. */

import * as React from "react";
import { MOST_MEMBERS, counts, members, namespaceQuestions, nodeQuestions, releases, workloads, type Count, type Release } from "../src/inside.ts";
import { shortKind } from "../src/objects.ts";
import { problemQuestions, problems } from "../src/problems.ts";
import { is } from "../src/promql.ts";
import { count, number } from "../src/words.ts";
import { useLink, useLoaded } from "./context.ts";
import { Empty, ObjectName, Objects, Section, Status, Trouble } from "./parts.tsx";
import { Problems } from "./start.tsx";

/** So much of what is not ready is shown before a click. */
const FIRST = 15;

export function NamespaceInside({ name }: { readonly name: string }): React.ReactElement {
  const { value, failed } = useLoaded(`namespace ${name}`, async ({ ask, address }) => {
    const { rows, errors } = await ask({ ...namespaceQuestions(address.cluster, name), ...problemQuestions(address.cluster, is("namespace", name)) });
    return { counts: counts(rows.counts, rows.resting), members: members(rows.members), releases: releases(rows.releases), problems: problems(rows), errors };
  });
  if (!value) return failed ? <Trouble said={[failed]} /> : <Empty>Loading …</Empty>;
  return (
    <>
      <Trouble said={value.errors} />
      <Section title="Causes in this namespace" name="problems" note={count(value.problems.length, "cause")}>
        {value.problems.length ? <Problems found={value.problems} /> : <Empty>Nothing in it is broken for a reason of its own.</Empty>}
      </Section>
      <div className="ax-columns">
        <Section title="Not ready" name="members" note={value.members.length === MOST_MEMBERS ? `the first ${MOST_MEMBERS}` : count(value.members.length, "object")}>
          {value.members.length ? <Objects items={value.members} within={name} first={FIRST} /> : <Empty>Everything is ready.</Empty>}
        </Section>
        <Counts counts={value.counts} />
      </div>
      <Releases releases={value.releases} />
    </>
  );
}

export function Counts({ counts: found }: { readonly counts: readonly Count[] }): React.ReactElement {
  return (
    <Section title="Objects by kind" name="counts">
      {!found.length && <Empty>There are none.</Empty>}
      <ul className="ax-objects">
        {found.map(({ kind, tones }) => (
          <li key={kind} data-kind={kind}>
            <span style={{ minWidth: 170 }}>{shortKind(kind)}</span>
            {[...tones].map(([tone, amount]) => (
              <Status key={tone} tone={tone} count={amount} />
            ))}
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Releases({ releases: found }: { readonly releases: readonly Release[] }): React.ReactElement | null {
  const link = useLink();
  if (!found.length) return null;
  return (
    <Section title="Helm releases" name="releases" note={count(found.length, "release")}>
      <ul className="ax-times">
        {found.map(({ namespace, name, chart, revision, status }) => (
          <li key={name}>
            <a href={link({ page: "release", namespace, name })}>{name}</a>
            <span className="ax-dim">
              {chart} {revision && `revision ${revision}`} {status}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

export function NodeInside({ name }: { readonly name: string }): React.ReactElement {
  const { value, failed } = useLoaded(`node ${name}`, async ({ ask, address }) => {
    const { rows, errors } = await ask(nodeQuestions(address.cluster, name));
    return { workloads: workloads(rows.workloads), errors };
  });
  if (!value) return failed ? <Trouble said={[failed]} /> : <Empty>Loading …</Empty>;
  const pods = value.workloads.reduce((sum, each) => sum + each.pods, 0);
  return (
    <Section title="Workloads on it" name="workloads" note={count(pods, "Pod")}>
      <Trouble said={value.errors} />
      {!value.workloads.length && <Empty>No Pod runs on it.</Empty>}
      <ul className="ax-times">
        {value.workloads.map(({ id, pods: amount }) => (
          <li key={id} data-id={id}>
            <strong>{number(amount)}</strong> <ObjectName id={id} />
          </li>
        ))}
      </ul>
    </Section>
  );
}
