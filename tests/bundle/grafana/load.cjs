// Loads an unpacked plugin as Grafana's frontend does, in Grafana's own loader (SystemJS with AMD), and writes
// what it found: node load.cjs FOLDER BASE_URL.
"use strict";

const { readFileSync } = require("node:fs");
const { pathToFileURL } = require("node:url");
const path = require("node:path");

const data = require("@grafana/data");
const React = require("react");
const { renderToStaticMarkup } = require("react-dom/server");
require("systemjs");
require("systemjs/dist/extras/amd.js");

const [folder, baseUrl] = process.argv.slice(2);
const loader = globalThis.System;

// Grafana hides `define` from the page and hands it to each plugin.
globalThis.window = globalThis;
globalThis.__grafana_amd_define = globalThis.define;
delete globalThis.define;
const prototype = loader.constructor.prototype;
const fetched = prototype.fetch;
prototype.fetch = async (url, options) => {
  const answer = await fetched.call(loader, url, options);
  const source = await answer.text();
  const wrapped = `(function(define) {\n${source}\n})(window.__grafana_amd_define);`;
  return { ok: answer.ok, status: answer.status, headers: answer.headers, text: async () => wrapped };
};

// The page in the app's configuration needs React and the data package. What only the explorer needs is not there:
// loading the module must not touch it.
const shared = { react: { ...React, default: React }, "@grafana/data": data, "@grafana/runtime": {}, "@grafana/ui": {} };
loader.addImportMap({ imports: Object.fromEntries(Object.keys(shared).map((id) => [id, `package:${id}`])) });
for (const [id, module] of Object.entries(shared)) loader.set(`package:${id}`, module);
data.locationUtil.initialize({
  config: { appSubUrl: baseUrl },
  getVariablesUrlParams: () => ({}),
  getTimeRangeForUrl: () => ({}),
});

const errors = [];
console.error = (...words) => errors.push(words.map(String).join(" "));

async function main() {
  const meta = JSON.parse(readFileSync(path.join(folder, "plugin.json"), "utf8"));
  const before = new Set(Object.getOwnPropertyNames(globalThis));
  const module = await loader.import(pathToFileURL(path.join(folder, "module.js")).href);
  const leaked = Object.getOwnPropertyNames(globalThis).filter((name) => !before.has(name));
  const { plugin } = module;
  const drawn = (enabled) => {
    plugin.init({ ...meta, enabled });
    plugin.meta = { ...meta, enabled };
    return plugin.configPages.map(({ body }) => renderToStaticMarkup(React.createElement(body, { plugin, query: {} })));
  };
  return {
    exported: Object.keys(module.default),
    isApp: plugin instanceof data.AppPlugin,
    pages: plugin.configPages.map(({ body, ...page }) => page),
    leaked,
    enabled: drawn(true),
    disabled: drawn(false),
    errors,
  };
}

main().then(
  (found) => process.stdout.write(JSON.stringify(found)),
  (why) => {
    process.stderr.write(`${why.stack}\n`);
    process.exitCode = 1;
  },
);
