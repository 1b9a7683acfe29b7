/** Above every page: search, data source, cluster, time. */

import type { DataSourceInstanceSettings } from "@grafana/data";
import { locationUtil } from "@grafana/data";
import { Button, TimeRangePicker } from "@grafana/ui";
import * as React from "react";
import { href } from "../src/address.ts";
import { go, useHere } from "./context.ts";
import { moved, written } from "./time.ts";

/** How long a reader pauses before what is typed is looked for. */
const PAUSE_MS = 250;

export function Bar(props: { readonly sources: readonly DataSourceInstanceSettings[]; readonly clusters: readonly string[]; readonly again: () => void }): React.ReactElement {
  const { address, source, range } = useHere();
  return (
    <div className="ax-bar">
      <a href={locationUtil.assureBaseUrl(href(address, { page: "start", search: "" }))}>Problems</a>
      <Search />
      {props.sources.length > 1 && (
        <Choice label="Data source" value={source.uid} options={props.sources.map(({ uid, name }) => [uid, name])} choose={(ds) => go(address, { ds, cluster: "" })} />
      )}
      {props.clusters.length > 1 && (
        <Choice label="Cluster" value={address.cluster} options={props.clusters.map((name) => [name, name || "(no name)"])} choose={(cluster) => go(address, { cluster })} />
      )}
      <TimeRangePicker
        value={range}
        onChange={(chosen) => go(address, written(chosen))}
        onChangeTimeZone={() => undefined}
        onMoveBackward={() => go(address, moved(range, "back"))}
        onMoveForward={() => go(address, moved(range, "forward"))}
        onZoom={() => go(address, moved(range, "out"))}
      />
      <Button variant="secondary" icon="sync" aria-label="Load again" tooltip="Load again" onClick={props.again} />
    </div>
  );
}

function Search(): React.ReactElement {
  const { address } = useHere();
  const { place } = address;
  const given = place.page === "start" ? place.search : "";
  const [text, setText] = React.useState(given);
  const pending = React.useRef<ReturnType<typeof setTimeout>>(undefined);
  React.useEffect(() => setText(given), [given]);
  React.useEffect(() => () => clearTimeout(pending.current), []);
  const find = (search: string) => {
    clearTimeout(pending.current);
    // Letters of one search are one step of the history.
    go(address, { place: { page: "start", search } }, place.page === "start" && Boolean(place.search));
  };
  return (
    <form
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        find(text);
      }}
    >
      <input
        type="search"
        aria-label="Search"
        placeholder="Search every object, and what is missing: words of kind, namespace or name"
        value={text}
        onChange={(event) => {
          const typed = event.currentTarget.value;
          setText(typed);
          clearTimeout(pending.current);
          pending.current = setTimeout(() => find(typed), PAUSE_MS);
        }}
      />
    </form>
  );
}

function Choice(props: {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [value: string, name: string])[];
  readonly choose: (value: string) => void;
}): React.ReactElement {
  return (
    <select aria-label={props.label} value={props.value} onChange={(event) => props.choose(event.currentTarget.value)}>
      {props.options.map(([value, name]) => (
        <option key={value} value={value}>
          {name}
        </option>
      ))}
    </select>
  );
}
