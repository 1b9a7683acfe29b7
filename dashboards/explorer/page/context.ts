/** What every part of the page knows: the place, the data source and the time. */

import type { TimeRange } from "@grafana/data";
import { locationUtil } from "@grafana/data";
import { locationService } from "@grafana/runtime";
import * as React from "react";
import { href, parse, type Address, type Place } from "../src/address.ts";
import type { Ask, Source } from "../src/answers.ts";
import type { Settings } from "../src/readers.ts";

export interface Here {
  readonly address: Address;
  readonly source: Source;
  readonly range: TimeRange;
  /** Unix milliseconds. */
  readonly from: number;
  readonly to: number;
  /** Whether the range ends now, and not at some time of the past. */
  readonly now: boolean;
  readonly ask: Ask;
  /** The app's configuration. */
  readonly settings: Settings;
  /** What a page shows is loaded again when this changes. */
  readonly key: string;
}

export const HereContext = React.createContext<Here | null>(null);

export function useHere(): Here {
  const here = React.useContext(HereContext);
  if (!here) throw new Error("this part stands within no page");
  return here;
}

/** The address, and whatever it becomes. */
export function useAddress(): Address {
  const location = React.useSyncExternalStore(
    (changed) => locationService.getHistory().listen(changed),
    () => locationService.getLocation(),
  );
  return React.useMemo(() => parse(location.pathname, location.search), [location.pathname, location.search]);
}

export function go(address: Address, changed: Partial<Address>, replace = false): void {
  const next = { ...address, ...changed };
  locationService[replace ? "replace" : "push"](href(next, next.place));
}

/** The address of a place for a link, with the folder that Grafana is served from. */
export function useLink(): (place: Place) => string {
  const { address } = useHere();
  return (place) => locationUtil.assureBaseUrl(href(address, place));
}

export interface Loaded<T> {
  /** What was loaded last, while more is loaded as well. */
  readonly value: T | undefined;
  readonly failed: string | undefined;
  readonly loading: boolean;
}

/** Load again whenever the page's key or `what` changes. An answer that comes too late is not shown. */
export function useLoaded<T>(what: string, load: (here: Here) => Promise<T>): Loaded<T> {
  const here = useHere();
  const key = JSON.stringify([here.key, what]);
  const [state, setState] = React.useState<{ what: string; value?: T; failed?: string; key?: string }>({ what });
  React.useEffect(() => {
    let wanted = true;
    load(here).then(
      (value) => wanted && setState({ what, value, key }),
      (error: unknown) => wanted && setState({ what, failed: error instanceof Error ? error.message : String(error), key }),
    );
    return () => {
      wanted = false;
    };
    // What is loaded follows from the key.
  }, [key]);
  const current = state.what === what;
  return { value: current ? state.value : undefined, failed: current ? state.failed : undefined, loading: state.key !== key };
}
