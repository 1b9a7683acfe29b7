/** The page in the app's configuration: what the app's dashboards are, and what they need to show anything. */

import { locationUtil, type AppPluginMeta, type PluginConfigPageProps, type PluginInclude } from "@grafana/data";
import * as React from "react";
import { ROOT } from "../src/address.ts";

/** The uid of a dashboard is read by Grafana's backend, and its types do not know of it. */
type Include = PluginInclude & { readonly uid?: string };

export function Boards({ plugin: { meta } }: PluginConfigPageProps<AppPluginMeta>): React.ReactElement {
  const boards = ((meta.includes ?? []) as Include[]).filter((include) => include.type === "dashboard");
  return (
    <div>
      {meta.enabled ? (
        <p>
          <a className="external-link" href={locationUtil.assureBaseUrl(ROOT)}>
            Open the explorer
          </a>
        </p>
      ) : (
        <p role="status">Enable the app: Grafana then imports these dashboards.</p>
      )}
      <ul style={{ margin: "0 0 1em 1.5em" }}>
        {boards.map((include) => (
          <li key={include.name}>{meta.enabled && include.uid ? <BoardLink name={include.name} uid={include.uid} /> : include.name}</li>
        ))}
      </ul>
      <p>
        They ask a Prometheus data source, chosen at the top of each. Prometheus has to scrape Astrolabe with <code>honor_labels: true</code>: otherwise it
        renames the labels that say which object a sample is about.
      </p>
    </div>
  );
}

function BoardLink({ name, uid }: { readonly name: string; readonly uid: string }): React.ReactElement {
  return (
    <a className="external-link" href={locationUtil.assureBaseUrl(`/d/${uid}`)}>
      {name}
    </a>
  );
}
