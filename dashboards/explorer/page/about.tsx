/** What an object costs, whether it sleeps, and how many can read it. */

import * as React from "react";
import { aboutQuestions, accessOf, costOf, sleepOf, type Access, type Cost, type Sleep } from "../src/about.ts";
import { partsOf } from "../src/objects.ts";
import { firstStep } from "../src/readers.ts";
import { count, dollars, number } from "../src/words.ts";
import { useLoaded } from "./context.ts";
import { Empty, ObjectName, Section, Status, Trouble } from "./parts.tsx";
import { ReaderNames } from "./readers.tsx";
import { moment } from "./time.ts";

export function About({ id }: { readonly id: string }): React.ReactElement {
  const { value, failed } = useLoaded(`about ${id}`, async ({ ask, address }) => {
    const { rows, errors } = await ask(aboutQuestions(address.cluster, id));
    return { cost: costOf(rows), sleep: sleepOf(rows), access: accessOf(rows), errors };
  });
  return (
    <>
      <Trouble said={failed ? [failed] : (value?.errors ?? [])} />
      {value?.cost && <CostPart cost={value.cost} />}
      {value?.sleep && <SleepPart id={id} sleep={value.sleep} />}
      {value?.access && <AccessPart id={id} access={value.access} />}
    </>
  );
}

function Figures({ figures }: { readonly figures: readonly (readonly [what: string, value: string])[] }): React.ReactElement {
  return (
    <dl className="ax-figures">
      {figures.map(([what, value]) => (
        <div key={what}>
          <dt>{what}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function CostPart({ cost }: { readonly cost: Cost | "unknown" }): React.ReactElement {
  if (cost === "unknown")
    return (
      <Section title="Cost" name="cost">
        <Figures figures={[["an hour", "?"]]} />
      </Section>
    );
  const figures: (readonly [string, string])[] = [["an hour", dollars(cost.total)]];
  for (const { what, dollars: amount } of cost.parts) if (cost.parts.length > 1) figures.push([what, dollars(amount)]);
  if (cost.awake !== null) figures.push(["an hour, if awake", dollars(cost.awake)]);
  if (cost.saved !== null) figures.push(["saved by sleeping so far", dollars(cost.saved)]);
  return (
    <Section title="Cost" name="cost" note="an estimate from requests and prices">
      <Figures figures={figures} />
    </Section>
  );
}

function SleepPart({ id, sleep }: { readonly id: string; readonly sleep: Sleep }): React.ReactElement {
  const { kind, namespace, name } = partsOf(id);
  const whole = kind === "Namespace";
  return (
    <Section title="Sleep" name="sleep">
      {kind !== "SleepInfo" && (
        <p>{whole ? `${count(sleep.asleep, "workload sleeps", "workloads sleep")}.` : sleep.asleep ? <Status tone="AtRest" /> : "Awake."}</p>
      )}
      {sleep.schedules.length > 0 && (
        <div className="ax-wide">
          <table>
            <thead>
              <tr>
                <th>Schedule</th>
                <th>Days</th>
                <th>Sleeps at</th>
                <th>Wakes at</th>
                <th>Asleep by schedule</th>
                <th>Next</th>
              </tr>
            </thead>
            <tbody>
              {sleep.schedules.map((schedule) => (
                <tr key={schedule.name}>
                  <td>
                    <ObjectName id={`SleepInfo/${whole ? name : namespace}/${schedule.name}`} within={whole ? name : namespace} />
                  </td>
                  <td>{schedule.weekdays}</td>
                  <td>
                    {schedule.sleepAt} <span className="ax-dim">{schedule.zone}</span>
                  </td>
                  <td>{schedule.wakeAt}</td>
                  <td>{schedule.asleep === null ? "?" : schedule.asleep ? "yes" : "no"}</td>
                  <td>
                    {schedule.nextSleep !== null && <div>sleep {moment(schedule.nextSleep * 1000)}</div>}
                    {schedule.nextWake !== null && <div>wake-up {moment(schedule.nextWake * 1000)}</div>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}

function AccessPart({ id, access }: { readonly id: string; readonly access: Access }): React.ReactElement {
  const secret = partsOf(id).kind === "Secret";
  const about = secret && access.exact ? "this Secret" : "some Secret of this namespace";
  return (
    <Section title="Access" name="access">
      {(access.total !== null || access.readers.length > 0) && (
        <p>
          {number(access.total)} {access.total === 1 ? "user, group or ServiceAccount" : "users, groups and ServiceAccounts"} can read {about}.
          {secret && !access.exact && <span className="ax-dim"> Figures of one Secret need its namespace in the setting access_guarded_namespaces.</span>}
        </p>
      )}
      {access.total === null && !access.readers.length && !access.findings.length && !access.tokens.length && <Empty>Nothing is found about it.</Empty>}
      <ul className="ax-times">
        {access.readers.map(({ how, count: number_ }) => (
          <li key={how}>
            <strong>{number(number_)}</strong> {firstStep(how)}
          </li>
        ))}
        {access.tokens.map(({ needed, count: pods }) => (
          <li key={String(needed)}>
            {count(pods, "running Pod has", "running Pods have")} its token {needed ? "" : "and would not miss it"}
          </li>
        ))}
        {access.findings.map(({ rule, severity }) => (
          <li key={rule}>
            Finding <span className="ax-reason">{rule}</span> {severity}
          </li>
        ))}
      </ul>
      {secret && <ReaderNames id={id} />}
    </Section>
  );
}
