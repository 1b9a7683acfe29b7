/** Who can read a Secret, by name, where the exporter's API can be asked; else one sentence that says how. */

import { getBackendSrv } from "@grafana/runtime";
import * as React from "react";
import { firstStep, readersOf, whereToAsk, type Readers } from "../src/readers.ts";
import { partsOf } from "../src/objects.ts";
import { number } from "../src/words.ts";
import { useHere, useLoaded } from "./context.ts";
import { Empty, ObjectName } from "./parts.tsx";

/** How many are shown before a click. */
const FIRST = 20;

export function ReaderNames({ id }: { readonly id: string }): React.ReactElement {
  const { settings, address } = useHere();
  const where = whereToAsk(settings, address.cluster, id);
  if ("unset" in where) return <Empty>Names are not in the metrics: an administrator can give this app the exporter's address, in its configuration.</Empty>;
  if ("only" in where) return <Empty>Names are known {where.only ? `of the cluster ${where.only} alone` : "once the app's configuration says of which cluster the exporter tells"}.</Empty>;
  return <Asked id={id} {...where} />;
}

function Asked({ id, address, query }: { readonly id: string; readonly address: string; readonly query: Readonly<Record<string, string>> }): React.ReactElement {
  const { now } = useHere();
  const { value, failed, loading } = useLoaded(`readers ${id}`, async () => {
    try {
      return readersOf(await getBackendSrv().get(address, query, undefined, { showErrorAlert: false }));
    } catch (error) {
      throw new Error(said(error));
    }
  });
  if (failed) return <p role="alert">Who it is, is not known: {failed}.</p>;
  if (!value || loading) return <Empty>Loading who …</Empty>;
  if (!value.exists) return <Empty>There is no such Secret now, and the exporter has no history of names.</Empty>;
  return <Names found={value} now={now} within={partsOf(id).namespace} />;
}

function Names({ found, now, within }: { readonly found: Readers; readonly now: boolean; readonly within: string }): React.ReactElement {
  const [open, setOpen] = React.useState(false);
  const shown = open ? found.readers : found.readers.slice(0, FIRST);
  return (
    <>
      {!now && <Empty>These are who can now. The exporter has no history of names.</Empty>}
      {(found.incomplete.length > 0 || found.truncated) && (
        <p role="alert">Somebody may be missing: {found.truncated ? "there is too much to look at all of it" : `not completely known is ${found.incomplete.join(", ")}`}.</p>
      )}
      <ul className="ax-objects" data-readers="">
        {shown.map(({ subject, how }) => (
          <li key={subject} data-id={subject}>
            <Subject id={subject} within={within} />
            <span className="ax-dim">{how.map(firstStep).join("; ")}</span>
          </li>
        ))}
      </ul>
      {shown.length < found.readers.length && (
        <button type="button" className="ax-more" onClick={() => setOpen(true)}>
          {number(found.readers.length - shown.length)} more
        </button>
      )}
    </>
  );
}

/** An account has a page. Users and groups are no objects. */
function Subject({ id, within }: { readonly id: string; readonly within: string }): React.ReactElement {
  if (id.startsWith("ServiceAccount/")) return <ObjectName id={id} within={within} />;
  const [kind = "", ...name] = id.split("/");
  return (
    <span className="ax-object">
      <span className="ax-kind">{kind}</span> {name.join("/")}
    </span>
  );
}

function said(error: unknown): string {
  const { status, data, message } = error as { status?: number; data?: { message?: string; error?: { message?: string } | string }; message?: string };
  if (status === 403) return "it takes the role Editor in Grafana, and a token that the exporter lets read this";
  if (status === 401) return "the exporter does not take the token of the app's configuration";
  if (status === 404) return "what answers at the exporter's address has no such page (404)";
  const why = typeof data?.error === "object" ? data.error.message : data?.message;
  return why ?? message ?? `the exporter does not answer (${status ?? "no status"})`;
}
