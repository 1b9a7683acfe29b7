/** The page in the app's configuration where the exporter's address is set. The token goes to Grafana's backend alone. */

import type { AppPluginMeta, PluginConfigPageProps } from "@grafana/data";
import { getBackendSrv } from "@grafana/runtime";
import * as React from "react";
import type { Settings } from "../src/readers.ts";

export function Exporter({ plugin: { meta } }: PluginConfigPageProps<AppPluginMeta<Settings>>): React.ReactElement {
  const [address, setAddress] = React.useState(meta.jsonData?.exporterUrl ?? "");
  const [cluster, setCluster] = React.useState(meta.jsonData?.exporterCluster ?? "");
  const [token, setToken] = React.useState("");
  const [outcome, setOutcome] = React.useState("");
  const hasToken = Boolean((meta as { readonly secureJsonFields?: Record<string, boolean> }).secureJsonFields?.exporterToken);

  const save = async (event: React.FormEvent): Promise<void> => {
    event.preventDefault();
    const jsonData: Settings = { exporterUrl: address.trim().replace(/\/+$/, ""), exporterCluster: cluster.trim() };
    try {
      await getBackendSrv().post(`/api/plugins/${meta.id}/settings`, {
        enabled: meta.enabled,
        pinned: meta.pinned,
        jsonData,
        ...(token ? { secureJsonData: { exporterToken: token } } : {}),
      });
      setOutcome("Saved. Load the page again to use it.");
    } catch (error) {
      setOutcome(`Not saved: ${(error as { data?: { message?: string } }).data?.message ?? String(error)}`);
    }
  };

  return (
    <form onSubmit={(event) => void save(event)} style={{ maxWidth: 560 }}>
      <p>
        The explorer says how many can read a Secret. With the exporter's address it says who, to people with the role Editor: Grafana's backend asks{" "}
        <code>/api/v1/access/who-can</code> there, and nothing else.
      </p>
      <Field label="Address of the exporter" value={address} placeholder="http://astrolabe.astrolabe:8080" onChange={setAddress} />
      <Field label="Cluster, where Prometheus holds more than one" value={cluster} onChange={setCluster} />
      <Field label={hasToken ? "Token (one is kept; write another to replace it)" : "Token, where the exporter asks for one"} value={token} type="password" onChange={setToken} />
      <p>
        <button type="submit" className="btn btn-primary">
          Save
        </button>{" "}
        {outcome && <span role="status">{outcome}</span>}
      </p>
    </form>
  );
}

/** Seen in light and in dark: Grafana gives no border to an input that is not its own. */
const BOX: React.CSSProperties = {
  width: "100%",
  height: 32,
  padding: "0 8px",
  border: "1px solid rgba(127, 127, 127, 0.5)",
  borderRadius: 2,
  background: "transparent",
  color: "inherit",
};

function Field(props: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly type?: string;
  readonly placeholder?: string;
}): React.ReactElement {
  const { label, value, onChange, type = "text", placeholder } = props;
  return (
    <label style={{ display: "block", marginBottom: "1em" }}>
      <div>{label}</div>
      <input
        style={BOX}
        type={type}
        value={value}
        placeholder={placeholder}
        autoComplete="off"
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    </label>
  );
}
