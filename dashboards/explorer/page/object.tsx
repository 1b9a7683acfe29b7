/** An object's page. */

import * as React from "react";
import { factQuestions, facts, type Facts } from "../src/object.ts";
import { objectLinks, type Link } from "../src/links.ts";
import { partsOf, shortKind } from "../src/objects.ts";
import { neighbours, relationQuestions, relations, states, statusQuestion } from "../src/relations.ts";
import { count } from "../src/words.ts";
import { About } from "./about.tsx";
import { Causes } from "./causes.tsx";
import { useHere, useLink, useLoaded } from "./context.ts";
import { History } from "./history.tsx";
import { NamespaceInside, NodeInside } from "./inside.tsx";
import { Ago, Empty, ObjectName, Reason, Section, Status, Trouble } from "./parts.tsx";
import { Relations } from "./relations.tsx";
import { Waiting } from "./start.tsx";
import { moment } from "./time.ts";
import { locationUtil } from "@grafana/data";

export function ObjectPage({ id }: { readonly id: string }): React.ReactElement {
  const { value, failed, loading } = useLoaded(`object ${id}`, async ({ ask, address }) => {
    const first = await ask({ ...factQuestions(address.cluster, id), ...relationQuestions(address.cluster, id) });
    const ids = neighbours(first.rows);
    const second = await ask(ids.length ? { status: statusQuestion(address.cluster, ids) } : {});
    const known = states(second.rows.status ?? []);
    return { facts: facts(id, first.rows), relations: relations(first.rows, known), errors: [...new Set([...first.errors, ...second.errors])] };
  });
  const { kind, name } = partsOf(id);
  if (!value) return failed ? <Trouble said={[failed]} /> : <Empty>Loading {id} …</Empty>;
  const found = value.facts;
  return (
    <div className={`ax ${loading ? "ax-loading" : ""}`}>
      <Trouble said={value.errors} />
      <Head facts={found} />
      {found.causes.length > 0 && <Causes facts={found} />}
      {found.affected !== null && found.affected > 0 && (
        <Section title="What waits for it" name="waiting" note={`${count(found.affected, "entry point or workload", "entry points and workloads")}; they come first, then their parts`}>
          <Waiting cause={id} />
        </Section>
      )}
      <History id={id} relations={value.relations} />
      {kind === "Namespace" && <NamespaceInside name={name} />}
      <div className="ax-columns">
        {kind === "Node" && <NodeInside name={name} />}
        {kind !== "Namespace" || value.relations.length > 0 ? <Relations id={id} relations={value.relations} /> : null}
        {found.tone !== null && found.tone !== "Missing" && (
          <div className="ax">
            <About id={id} />
          </div>
        )}
      </div>
    </div>
  );
}

function Head({ facts }: { readonly facts: Facts }): React.ReactElement {
  const here = useHere();
  const link = useLink();
  const { kind, namespace, name } = partsOf(facts.id);
  const links = objectLinks({ scope: here.address, source: here.source }, facts.id, facts.release);
  return (
    <header className={`ax-head ax-${facts.tone ?? "none"}`} data-section="head">
      <div className="ax-row">
        <h1>{name}</h1>
        {facts.tone && <Status tone={facts.tone} />}
        {facts.tone !== "AtRest" && <Reason reason={facts.reason} />}
        {facts.since !== null && (
          <span className="ax-dim">
            for <Ago at={facts.since} />
          </span>
        )}
      </div>
      <div className="ax-row ax-dim">
        <span>
          {shortKind(kind)}
          {facts.apiVersion && ` (${facts.apiVersion})`}
        </span>
        {namespace && (
          <span>
            namespace <a href={link({ page: "object", id: `Namespace/${namespace}` })}>{namespace}</a>
          </span>
        )}
        {facts.release && (
          <span>
            release <a href={link({ page: "release", namespace, name: facts.release })}>{facts.release}</a>
            {facts.chart && ` (${facts.chart})`}
          </span>
        )}
        {facts.workload && (
          <span>
            part of <ObjectName id={facts.workload} />
          </span>
        )}
        {facts.created !== null && <span>created {moment(facts.created * 1000)}</span>}
        {facts.impact !== null && facts.impact > 0 && <span>{count(facts.impact, "Service or Ingress depends", "Services and Ingresses depend")} on it</span>}
      </div>
      {facts.message && <p className="ax-message">{facts.message}</p>}
      {facts.tone === null && (
        <p>
          {facts.scraped
            ? "There is no such object at this time. Choose a time at which it existed, or look whether its kind is followed."
            : "Astrolabe was not scraped at this time."}
        </p>
      )}
      {facts.tone === "Missing" && !facts.message && <p>It does not exist, and what stands below refers to it.</p>}
      {facts.alerts.length > 0 && (
        <ul className="ax-times" data-section="alerts">
          {facts.alerts.map((alert) => (
            <li key={`${alert.name} ${alert.state}`}>
              <Status tone={alert.state === "firing" ? "Error" : "Pending"} word={`Alert ${alert.state}`} />
              <a href={locationUtil.assureBaseUrl(`/alerting/list?search=${encodeURIComponent(alert.name)}`)}>{alert.name}</a>
              <span className="ax-dim">{alert.severity}</span>
            </li>
          ))}
        </ul>
      )}
      <Links links={links} />
    </header>
  );
}

export function Links({ links }: { readonly links: readonly Link[] }): React.ReactElement {
  return (
    <nav className="ax-row ax-links" aria-label="More about it">
      {links.map(({ title, href }) => (
        <a key={title} href={locationUtil.assureBaseUrl(href)}>
          {title}
        </a>
      ))}
    </nav>
  );
}
