// A page that does for the app what Grafana does: loads its module in Grafana's loader, with Grafana's own packages,
// and draws its root page. What Grafana itself brings is played: its backend by the server of this page, its list of
// data sources, and what it does with clicks on links.

import * as data from "@grafana/data";
import * as runtime from "@grafana/runtime";
import * as ui from "@grafana/ui";
import * as React from "react";
import { createRoot } from "react-dom/client";
// Last: packages that see an AMD loader would hand themselves to it.
import "systemjs/dist/system.js";
import "systemjs/dist/extras/amd.js";

const loader = window.System;
const define = window.define;
delete window.define;
window.__grafana_amd_define = define;
const prototype = loader.constructor.prototype;
prototype.shouldFetch = () => true;
prototype.fetch = async (url) => {
  const answer = await fetch(url);
  const wrapped = `(function(define) {\n${await answer.text()}\n})(window.__grafana_amd_define);`;
  return new Response(wrapped, { headers: { "Content-Type": "text/javascript" } });
};
const shared = { react: { ...React, default: React }, "@grafana/data": data, "@grafana/runtime": runtime, "@grafana/ui": ui };
loader.addImportMap({ imports: Object.fromEntries(Object.keys(shared).map((id) => [id, `package:${id}`])) });
for (const [id, module] of Object.entries(shared)) loader.set(`package:${id}`, module);

// What the test says of this Grafana.
const given = JSON.parse(new URLSearchParams(window.location.hash.slice(1)).get("given") ?? "{}");
window.history.replaceState(null, "", window.location.pathname + window.location.search);
runtime.config.buildInfo = { ...runtime.config.buildInfo, version: given.version ?? "13.2.3" };
const theme = data.createTheme({ colors: { mode: given.dark ? "dark" : "light" } });
runtime.config.theme2 = theme;
data.locationUtil.initialize({
  config: { appSubUrl: "" },
  getVariablesUrlParams: () => ({}),
  getTimeRangeForUrl: () => ({}),
});
const sources = given.sources ?? [{ uid: "prometheus", name: "Prometheus", type: "prometheus", isDefault: true }];
runtime.setDataSourceSrv({ getList: ({ metrics }) => (metrics ? sources : []) });

// As Grafana's: what is no success is thrown, with the answer in it.
window.asked = 0;
runtime.setBackendSrv({
  post: async (url, body) => {
    if (url.startsWith("/api/plugins/")) {
      window.saved = { url, body };
      return {};
    }
    window.asked++;
    const answer = await fetch(url, { method: "POST", body: JSON.stringify(body) });
    const found = await answer.json();
    if (!answer.ok) throw { status: answer.status, statusText: answer.statusText, data: found };
    return found;
  },
  get: async (url, query) => {
    const headers = { "X-Played-Role": given.role ?? "Editor", "X-Played-App": given.app ?? "" };
    const answer = await fetch(`${url}?${new URLSearchParams(query)}`, { headers });
    const found = await answer.json();
    if (!answer.ok) throw { status: answer.status, statusText: answer.statusText, data: found };
    return found;
  },
});

// Grafana takes over clicks on links within itself.
window.visited = [];
document.addEventListener("click", (event) => {
  const anchor = event.target.closest?.("a");
  if (!anchor || anchor.target || event.defaultPrevented || event.ctrlKey) return;
  event.preventDefault();
  const href = anchor.getAttribute("href");
  window.visited.push(href);
  if (href.startsWith("/a/")) runtime.locationService.push(href);
});

class Caught extends React.Component {
  state = {};
  static getDerivedStateFromError(error) {
    return { error };
  }
  render() {
    return this.state.error ? React.createElement("pre", null, String(this.state.error?.stack)) : this.props.children;
  }
}

async function main() {
  const module = await loader.import("/module.js");
  const { plugin } = module;
  if (!(plugin instanceof data.AppPlugin)) throw new Error("this is no app");
  document.documentElement.style.fontSize = "14px";
  document.body.style.cssText = `margin: 0; padding: 16px; background: ${theme.colors.background.canvas}; font-family: ${theme.typography.fontFamily}; line-height: 1.57`;
  const configured = { meta: { id: "astrolabe-graph-app", enabled: true, pinned: true, jsonData: given.jsonData, secureJsonFields: given.kept } };
  const config = plugin.configPages.find(({ id }) => id === given.config);
  const page = config ? React.createElement(config.body, { plugin: configured, query: {} }) : React.createElement(plugin.root, { basename: "/a/astrolabe-graph-app", path: "", query: {}, meta: { jsonData: given.jsonData }, onNavChanged: () => undefined });
  const themed = React.createElement(data.ThemeContext.Provider, { value: theme }, page);
  createRoot(document.getElementById("app")).render(React.createElement(React.StrictMode, null, React.createElement(Caught, null, themed)));
  document.documentElement.dataset.ready = true;
}
void main();
