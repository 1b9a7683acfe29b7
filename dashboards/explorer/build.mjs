/**
 * Builds the app as one AMD module, as Grafana loads plugins, with the licences of what it contains. It takes React
 * and Grafana's packages from Grafana. Run in the folder of the explorer and the graph view, beside
 * node_modules: `node explorer/build.mjs OUT`.
 */

import { build } from "esbuild";
import { licences } from "../graph-view/licences.mjs";

const [out] = process.argv.slice(2);
const shared = ["react", "@grafana/data", "@grafana/runtime", "@grafana/ui"];

await build({
  entryPoints: ["explorer/page/module.ts"],
  outfile: out,
  bundle: true,
  minify: true,
  format: "cjs",
  external: shared,
  jsx: "transform",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  banner: {
    js:
      `/*! Astrolabe's app for Grafana, Apache-2.0, built from dashboards/explorer. It contains:\n\n${licences()}\n*/\n` +
      `define(${JSON.stringify(shared)}, (...given) => {\n` +
      `const module = { exports: {} }, require = (name) => given[${JSON.stringify(shared)}.indexOf(name)];`,
  },
  footer: { js: "return module.exports;\n});" },
  logLevel: "warning",
});
