/**
 * Builds the panel as one AMD module, as Grafana loads plugins, with the licences of what it contains. It takes
 * React and @grafana/data from Grafana. Run in a folder with node_modules, beside the view.
 */

import { build } from "esbuild";
import { licences } from "../licences.mjs";

const [out] = process.argv.slice(2);
const shared = ["react", "@grafana/data"];

await build({
  entryPoints: ["panel/module.ts"],
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
      `/*! Astrolabe's graph panel for Grafana, Apache-2.0, built from dashboards/graph-view/panel. It contains:\n\n${licences()}\n*/\n` +
      `define(${JSON.stringify(shared)}, (...given) => {\n` +
      `const module = { exports: {} }, require = (name) => given[${JSON.stringify(shared)}.indexOf(name)];`,
  },
  footer: { js: "return module.exports;\n});" },
  logLevel: "warning",
});
