/** The explorer: a frame that knows where one is, and the page of that place. */

import { PageLayoutType, type AppRootProps, type DataSourceInstanceSettings } from "@grafana/data";
import { config, getDataSourceSrv, PluginPage } from "@grafana/runtime";
import { useTheme2 } from "@grafana/ui";
import * as React from "react";
import type { Address, Place } from "../src/address.ts";
import { label } from "../src/answers.ts";
import { distinct, series } from "../src/promql.ts";
import type { Settings } from "../src/readers.ts";
import { asking } from "./asking.ts";
import { Bar } from "./bar.tsx";
import { HereContext, useAddress, useHere, useLoaded, type Here } from "./context.ts";
import { ObjectPage } from "./object.tsx";
import { ReleasePage } from "./release.tsx";
import { Start } from "./start.tsx";
import { style } from "./style.ts";
import { moment, rangeOf } from "./time.ts";

/** The oldest Grafana that the page is for. */
const OLDEST = 11;
const NOTHING_SET: Settings = {};

export function App({ meta }: AppRootProps<Settings>): React.ReactElement {
  const version = config.buildInfo?.version ?? "";
  if (Number.parseInt(version, 10) < OLDEST)
    return <p role="alert">The explorer needs Grafana {OLDEST} or newer, and this is {version}. The app's dashboards and its graph panel are the same without it.</p>;
  return <Explorer settings={meta.jsonData ?? NOTHING_SET} />;
}

function Explorer({ settings }: { readonly settings: Settings }): React.ReactElement {
  const theme = useTheme2();
  const address = useAddress();
  const sources = React.useMemo(prometheuses, []);
  const source = address.ds ? sources.find(({ uid }) => uid === address.ds) : (sources.find((each) => each.isDefault) ?? sources[0]);
  const [asked, askAgain] = React.useReducer((count: number) => count + 1, 0);
  const here = React.useMemo(() => source && hereOf(address, source, settings, asked), [address, source, settings, asked]);
  return (
    <PluginPage layout={PageLayoutType.Canvas} pageNav={{ text: title(address.place) }}>
      <style>{style(theme)}</style>
      <div className="ax">
        {here ? (
          <HereContext.Provider value={here}>
            <Framed sources={sources} again={askAgain} />
          </HereContext.Provider>
        ) : (
          <NoSource wanted={address.ds} />
        )}
      </div>
    </PluginPage>
  );
}

function prometheuses(): DataSourceInstanceSettings[] {
  return getDataSourceSrv()
    .getList({ metrics: true })
    .filter(({ type }) => type.includes("prometheus"));
}

function hereOf(address: Address, { uid, type }: DataSourceInstanceSettings, settings: Settings, asked: number): Here {
  const range = rangeOf(address);
  const [from, to] = [range.from.valueOf(), range.to.valueOf()];
  const source = { uid, type };
  const key = JSON.stringify([uid, address.cluster, from, to, asked]);
  return { address, source, range, from, to, now: range.raw.to === "now", ask: asking(source, from, to), settings, key };
}

function title(place: Place): string {
  switch (place.page) {
    case "object":
      return place.id;
    case "release":
      return `Release ${place.namespace}/${place.name}`;
    default:
      return "Explorer";
  }
}

function NoSource({ wanted }: { readonly wanted: string }): React.ReactElement {
  return (
    <div className="ax-trouble" role="alert">
      <strong>{wanted ? `There is no Prometheus data source with the uid ${wanted}.` : "There is no Prometheus data source."}</strong>
      <p>
        {wanted ? "Take ds=… out of the address to use the default one, or add the data source" : "Add one"} under Connections → Data sources, with the address of the
        Prometheus that scrapes Astrolabe. If there is one already, ask an administrator for the permission to query it.
      </p>
    </div>
  );
}

/** Chooses the cluster where there is more than one, and shows the page of the place. */
function Framed({ sources, again }: { readonly sources: readonly DataSourceInstanceSettings[]; readonly again: () => void }): React.ReactElement {
  const here = useHere();
  const { place, cluster } = here.address;
  const { value, failed } = useLoaded("clusters", async ({ ask }) => {
    const { rows, errors } = await ask({ clusters: { expr: distinct(series("astrolabe_shard", ""), "cluster") } });
    return { clusters: rows.clusters.map((row) => label(row, "cluster")).sort(), errors };
  });
  const clusters = value?.clusters ?? [];
  const chosen = cluster || (clusters.length > 1 ? (clusters[0] as string) : "");
  const within = React.useMemo(() => ({ ...here, address: { ...here.address, cluster: chosen }, key: JSON.stringify([here.key, chosen]) }), [here, chosen]);
  return (
    <HereContext.Provider value={within}>
      <Bar sources={sources} clusters={clusters} again={again} />
      {!here.now && <div className="ax-past">Everything on this page is as it was at {moment(here.to)}.</div>}
      {failed && <Failed why={failed} />}
      {value && value.errors.length > 0 && <Failed why={value.errors.join(" ")} />}
      {value && !value.errors.length && !clusters.length && <Nothing />}
      {clusters.length > 0 && <Page place={place} />}
    </HereContext.Provider>
  );
}

function Failed({ why }: { readonly why: string }): React.ReactElement {
  const { source } = useHere();
  return (
    <div className="ax-trouble" role="alert">
      <strong>The data source does not answer: {why}</strong>
      <p>
        Open the data source ({source.uid}) under Connections → Data sources, and press “Save &amp; test”: it says whether Grafana reaches Prometheus. Then load this page
        again.
      </p>
    </div>
  );
}

function Nothing(): React.ReactElement {
  const { to, now } = useHere();
  return (
    <div className="ax-trouble" role="alert">
      <strong>This Prometheus knows nothing of Astrolabe {now ? "now" : `at ${moment(to)}`}.</strong>
      <p>
        {now ? "" : "Choose a time at which Astrolabe was scraped, or another data source above. "}
        The exporter has to run, and Prometheus has to scrape it with <code>honor_labels: true</code>. The query <code>astrolabe_build_info</code> finds something once it
        does.
      </p>
    </div>
  );
}

function Page({ place }: { readonly place: Place }): React.ReactElement {
  switch (place.page) {
    case "start":
      return <Start search={place.search} />;
    case "object":
      return <ObjectPage key={place.id} id={place.id} />;
    case "release":
      return <ReleasePage namespace={place.namespace} name={place.name} />;
    case "nowhere":
      return (
        <div className="ax-trouble" role="alert">
          <strong>There is no page {place.path}.</strong>
          <p>An object's page is object/Kind/namespace/name, or object/Kind/name outside namespaces. Search for it above.</p>
        </div>
      );
  }
}
