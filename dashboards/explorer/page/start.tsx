/** Where one begins: what is broken, by cause, or what a search finds. */

import * as React from "react";
import { problemQuestions, problems, waiting, waitingQuestions, type Problem } from "../src/problems.ts";
import { only } from "../src/answers.ts";
import { changed } from "../src/history.ts";
import { states, statusQuestion } from "../src/relations.ts";
import { toneOf } from "../src/objects.ts";
import { hits, searchQuestions, wordsOf } from "../src/searching.ts";
import { count, number } from "../src/words.ts";
import { useLoaded } from "./context.ts";
import { Ago, Empty, ObjectName, Objects, Reason, Section, Status, Trouble } from "./parts.tsx";

/** So much of what waits is shown before a click. */
const FIRST = 12;

export function Start({ search }: { readonly search: string }): React.ReactElement {
  const words = wordsOf(search);
  return words.length ? <Found words={words} /> : <Broken />;
}

function Found({ words }: { readonly words: readonly string[] }): React.ReactElement {
  const { value, failed } = useLoaded(`search ${JSON.stringify(words)}`, async ({ ask, address }) => {
    const { rows, errors } = await ask(searchQuestions(address.cluster, words));
    return { found: hits(words, rows), errors };
  });
  const found = value?.found;
  return (
    <>
      <Trouble said={failed ? [failed] : (value?.errors ?? [])} />
      <Section title="Found" name="found" note={found && (found.shown.length < found.count ? `the first ${found.shown.length} of ${number(found.count)}` : count(found.count, "object"))}>
        {!found && !failed && <Empty>Searching …</Empty>}
        {found && !found.shown.length && <Empty>Nothing has {words.length > 1 ? "all of these words" : "this word"} in its kind, namespace or name at this time.</Empty>}
        {found && <Objects items={found.shown} />}
      </Section>
    </>
  );
}

function Broken(): React.ReactElement {
  const { value, failed } = useLoaded("problems", async ({ ask, address }) => {
    const { rows, errors } = await ask(problemQuestions(address.cluster));
    return { found: problems(rows), errors };
  });
  return (
    <>
      <Trouble said={failed ? [failed] : (value?.errors ?? [])} />
      <Section title="Broken, by cause" name="problems" note={value && count(value.found.length, "cause")}>
        {!value && !failed && <Empty>Loading …</Empty>}
        {value && !value.found.length && !value.errors.length && <Empty>Nothing is broken.</Empty>}
        {value && value.found.length > 0 && <Problems found={value.found} />}
      </Section>
    </>
  );
}

export function Problems({ found }: { readonly found: readonly Problem[] }): React.ReactElement {
  return (
    <div className="ax-wide">
      <table>
        <thead>
          <tr>
            <th>Status</th>
            <th>Cause</th>
            <th>Reason</th>
            <th>What it says</th>
            <th className="ax-number">Since</th>
            <th className="ax-number">Waiting for it</th>
          </tr>
        </thead>
        <tbody>
          {found.map((problem) => (
            <Row key={problem.id} problem={problem} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ problem }: { readonly problem: Problem }): React.ReactElement {
  const [open, setOpen] = React.useState(false);
  return (
    <>
      <tr data-id={problem.id}>
        <td>
          <Status tone={problem.tone} />
        </td>
        <td>
          <ObjectName id={problem.id} />
        </td>
        <td>
          <Reason reason={problem.reason} />
        </td>
        <td className="ax-message">
          {problem.message}
          {problem.changed && (
            <div className="ax-dim">
              <Ago at={problem.changed.at} /> ago {changed(problem.changed.what)}.
            </div>
          )}
        </td>
        <td className="ax-number">
          <Ago at={problem.since} />
        </td>
        <td className="ax-number">
          {problem.affected === 0 ? (
            "0"
          ) : (
            <button type="button" className="ax-more" aria-expanded={open} onClick={() => setOpen(!open)}>
              {number(problem.affected)} {open ? "▴" : "▾"}
            </button>
          )}
        </td>
      </tr>
      {open && (
        <tr>
          <td colSpan={6}>
            <Waiting cause={problem.id} />
          </td>
        </tr>
      )}
    </>
  );
}

/** What waits for a cause: every object whose explanation it is, parts of workloads among them. */
export function Waiting({ cause }: { readonly cause: string }): React.ReactElement {
  const { value, failed } = useLoaded(`waiting ${cause}`, async ({ ask, address }) => {
    const first = await ask(waitingQuestions(address.cluster, cause));
    const ids = waiting(first.rows.waiting);
    const second = await ask(ids.length ? { status: statusQuestion(address.cluster, ids) } : {});
    const known = states(second.rows.status ?? []);
    const items = ids.map((id) => ({ id, tone: toneOf(known.get(id)?.status ?? "", known.get(id)?.reason ?? ""), reason: known.get(id)?.reason ?? "" }));
    return { items, count: only(first.rows.count) ?? 0, errors: [...first.errors, ...second.errors] };
  });
  if (failed || value?.errors.length) return <Trouble said={failed ? [failed] : (value?.errors ?? [])} />;
  if (!value) return <Empty>Loading …</Empty>;
  return (
    <>
      {value.items.length ? <Objects items={value.items} first={FIRST} /> : <Empty>No object names it as its cause.</Empty>}
      {value.count > value.items.length && <Empty>and {number(value.count - value.items.length)} more</Empty>}
    </>
  );
}
