/** Builds the module as one file, with the licences of what it contains. Run in a folder with node_modules. */

import { readFileSync } from "node:fs";
import { build } from "esbuild";

const [out] = process.argv.slice(2);
const licence = (name) => {
  const about = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8"));
  const text = readFileSync(`node_modules/${name}/LICENSE`, "utf8").trim();
  return `${about.name} ${about.version}\n\n${text}`;
};
const bundled = ["@dagrejs/dagre", "@dagrejs/graphlib"].map(licence).join("\n\n---\n\n");

await build({
  entryPoints: ["src/index.ts"],
  outfile: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  banner: { js: `/*! Astrolabe's graph view, Apache-2.0, built from dashboards/graph-view. It contains:\n\n${bundled}\n*/` },
  logLevel: "warning",
});
