/** Where one is: the page, and when and of which cluster and data source it tells. No variables. */

import { idOf } from "./objects.ts";

export const ROOT = "/a/astrolabe-graph-app";

export type Place =
  | { readonly page: "start"; readonly search: string }
  | { readonly page: "object"; readonly id: string }
  | { readonly page: "release"; readonly namespace: string; readonly name: string }
  | { readonly page: "nowhere"; readonly path: string };

/** What every page has in its address; an empty string is the choice that the page makes itself. */
export interface Scope {
  /** As Grafana writes times: `now-1h`, or Unix milliseconds. */
  readonly from: string;
  readonly to: string;
  /** The uid of the data source. */
  readonly ds: string;
  readonly cluster: string;
}

export interface Address extends Scope {
  readonly place: Place;
}

export const EARLIEST = "now-1h";
export const LATEST = "now";

/** Read an address; `pathname` may begin with the folder that Grafana is served from. */
export function parse(pathname: string, search: string): Address {
  const query = new URLSearchParams(search);
  const begin = pathname.indexOf(ROOT);
  const path = begin < 0 ? "" : pathname.slice(begin + ROOT.length);
  return {
    place: placeOf(path.split("/").filter(Boolean).map(decoded), query.get("q") ?? ""),
    from: query.get("from") || EARLIEST,
    to: query.get("to") || LATEST,
    ds: query.get("ds") ?? "",
    cluster: query.get("cluster") ?? "",
  };
}

function placeOf(parts: readonly string[], search: string): Place {
  const [page, ...rest] = parts;
  const [one, two] = rest;
  if (page === undefined) return { page: "start", search };
  // A board's link encodes an id as a whole, slashes too.
  if (page === "object" && rest.join("/").includes("/")) return { page: "object", id: rest.join("/") };
  if (page === "namespace" && one && rest.length === 1) return { page: "object", id: idOf("Namespace", "", one) };
  if (page === "node" && one && rest.length === 1) return { page: "object", id: idOf("Node", "", one) };
  if (page === "release" && one && two && rest.length === 2) return { page: "release", namespace: one, name: two };
  return { page: "nowhere", path: parts.join("/") };
}

/** Whoever keeps the history may have decoded once already, and what is left may be no encoding. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address of a place, with the rest kept. What is as it is without saying stays out of it. */
export function href(scope: Scope, place: Place): string {
  const query = new URLSearchParams();
  if (place.page === "start" && place.search) query.set("q", place.search);
  if (scope.from !== EARLIEST) query.set("from", scope.from);
  if (scope.to !== LATEST) query.set("to", scope.to);
  if (scope.ds) query.set("ds", scope.ds);
  if (scope.cluster) query.set("cluster", scope.cluster);
  const text = query.toString();
  return ROOT + pathOf(place) + (text && `?${text}`);
}

function pathOf(place: Place): string {
  switch (place.page) {
    case "start":
      return "";
    case "object":
      return `/object/${place.id.split("/").map(encodeURIComponent).join("/")}`;
    case "release":
      return `/release/${encodeURIComponent(place.namespace)}/${encodeURIComponent(place.name)}`;
    case "nowhere":
      return `/${place.path.split("/").map(encodeURIComponent).join("/")}`;
  }
}
