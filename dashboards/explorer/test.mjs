/** Runs tests of the source in Node: `node explorer/test.mjs NAME.test.ts …`. */

import { spawnSync } from "node:child_process";
import { build } from "esbuild";

const names = process.argv.slice(2);
await build({
  entryPoints: names.map((name) => `explorer/test/${name}`),
  outdir: "tested",
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  sourcemap: "inline",
  logLevel: "warning",
});
const files = names.map((name) => `tested/${name.replace(/\.ts$/, ".mjs")}`);
const ran = spawnSync("node", ["--enable-source-maps", "--test", "--test-reporter=tap", ...files], { stdio: "inherit" });
process.exit(ran.status ?? 1);
