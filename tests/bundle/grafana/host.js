// A page that does for one panel what Grafana does: loads its module in Grafana's loader, makes frames of what
// Prometheus answered, applies field options, and draws it with React and a theme.

import * as data from "@grafana/data";
import * as React from "react";
import { flushSync } from "react-dom";
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
const shared = { react: { ...React, default: React }, "@grafana/data": data };
loader.addImportMap({ imports: Object.fromEntries(Object.keys(shared).map((id) => [id, `package:${id}`])) });
for (const [id, module] of Object.entries(shared)) loader.set(`package:${id}`, module);

data.locationUtil.initialize({
  config: { appSubUrl: "" },
  getVariablesUrlParams: () => ({}),
  getTimeRangeForUrl: () => ({}),
});
const editor = () => null;
data.standardEditorsRegistry.setInit(() =>
  ["radio", "number", "multi-select", "boolean"].map((id) => ({ id, name: id, editor })),
);
data.standardFieldConfigEditorRegistry.setInit(() =>
  Object.values(data.FieldConfigProperty).map((id) => ({
    id,
    path: id,
    name: id,
    editor,
    override: editor,
    process: id === "links" ? data.dataLinksOverrideProcessor : data.identityOverrideProcessor,
    shouldApply: () => true,
    settings: {},
  })),
);

const VARIABLES = { datasource: "prometheus", cluster: "night", namespace: "shop", __url_time_range: "from=now-1h&to=now" };
function replaceVariables(text, scoped) {
  return text.replace(/\$\{([^}:]+)(?::(\w+))?\}/g, (_, name, format) => {
    const column = /^__data\.fields\.(\w+)$/.exec(name)?.[1];
    const { frame, rowIndex } = scoped?.__dataContext?.value ?? {};
    const value = column ? frame.fields.find((field) => field.name === column)?.values[rowIndex] : VARIABLES[name];
    const encoded = format ? encodeURIComponent(value ?? "") : (value ?? "");
    return format === "queryparam" ? `var-${name}=${encoded}` : encoded;
  });
}

// As the Prometheus data source makes them of an instant vector in table format.
function frame(refId, rows) {
  const labels = [...new Set(rows.flatMap(([metric]) => Object.keys(metric)))].sort();
  const column = (name) => ({ name, type: data.FieldType.string, values: rows.map(([metric]) => metric[name] ?? "") });
  const fields = [
    { name: "Time", type: data.FieldType.time, values: rows.map(() => 0) },
    ...labels.map(column),
    { name: `Value #${refId}`, type: data.FieldType.number, values: rows.map(([, value]) => Number(value)) },
  ];
  return data.toDataFrame({ refId, fields: rows.length ? fields : [] });
}

// Grafana takes over clicks on links within itself.
window.visited = [];
document.addEventListener("click", (event) => {
  const anchor = event.target.closest?.("a");
  if (!anchor || anchor.target || event.defaultPrevented) return;
  event.preventDefault();
  window.visited.push(anchor.getAttribute("href"));
});

const element = document.getElementById("panel");
let plugin;
let root;
let props;

window.load = async (url) => {
  const before = new Set(Object.getOwnPropertyNames(window));
  const module = await loader.import(url);
  plugin = module.plugin;
  plugin.meta = { id: "astrolabe-graph-panel", name: "Astrolabe graph" };
  const options = {};
  for (const item of plugin.fieldConfigRegistry.list()) options[item.id] = true;
  return {
    exported: Object.keys(module.default ?? module),
    isPanel: plugin instanceof data.PanelPlugin,
    leaked: Object.getOwnPropertyNames(window).filter((name) => !before.has(name)),
    fieldOptions: Object.keys(options),
    defaults: plugin.defaults,
  };
};

// The editors of the panel's options, with the choices that they offer for what is shown.
window.editors = async () => {
  const builder = new data.PanelOptionsEditorBuilder();
  plugin.getPanelOptionsSupplier()(builder, { data: props.data.series });
  const found = {};
  for (const { path, settings } of builder.getItems()) {
    const offered = settings?.getOptions ? await settings.getOptions({ data: props.data.series }) : settings?.options;
    found[path] = offered?.map(({ value }) => value) ?? null;
  }
  return found;
};

function drawn() {
  const theme = data.createTheme({ colors: { mode: props.dark ? "dark" : "light" } });
  document.body.style.background = theme.colors.background.canvas;
  const series = data.applyFieldOverrides({
    data: props.frames,
    fieldConfig: props.fieldConfig,
    fieldConfigRegistry: plugin.fieldConfigRegistry,
    replaceVariables,
    theme,
    timeZone: "utc",
  });
  if (props.data?.frames !== props.frames || props.data?.dark !== props.dark) props.data = { series, frames: props.frames, dark: props.dark };
  const panel = React.createElement(plugin.panel, {
    id: 1,
    data: { series: props.data.series, state: props.state, errors: props.errors, timeRange: data.getDefaultTimeRange() },
    options: { ...plugin.defaults, ...props.options },
    fieldConfig: props.fieldConfig,
    width: props.width,
    height: props.height,
    replaceVariables,
  });
  return React.createElement(React.StrictMode, null, React.createElement(data.ThemeContext.Provider, { value: theme }, panel));
}

// Draw, or draw again with what has changed: results {refId: [[labels, value]]}, options, dark, width, height, …
window.show = async (changed) => {
  props = { state: "Done", errors: undefined, options: {}, fieldConfig: { defaults: {}, overrides: [] }, width: 1000, height: 600, ...props };
  if (changed.results) props.frames = Object.entries(changed.results).map(([ref, rows]) => frame(ref, rows));
  if (changed.frames) props.frames = changed.frames.map((each) => data.toDataFrame(each));
  if (changed.linked) props.frames[0].fields[0].config.links = [{ title: "Call", url: "", onClick: ({ e }) => window.visited.push(e.type) }];
  Object.assign(props, { ...changed, results: undefined, frames: props.frames });
  root ??= createRoot(element);
  flushSync(() => root.render(drawn()));
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
};
window.unmount = () => {
  flushSync(() => root.unmount());
  root = undefined;
  props = undefined;
};
document.documentElement.dataset.ready = true;
