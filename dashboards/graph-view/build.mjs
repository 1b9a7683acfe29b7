/** Builds the module as one file, with the licences of what it contains. Run in a folder with node_modules. */

import { build } from "esbuild";
import { licences } from "./licences.mjs";

const [out] = process.argv.slice(2);

await build({
  entryPoints: ["src/index.ts"],
  outfile: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  banner: { js: `/*! Astrolabe's graph view, Apache-2.0, built from dashboards/graph-view. It contains:\n\n${licences()}\n*/` },
  logLevel: "warning",
});
