/** The licences of what the view brings along. */

import { readFileSync } from "node:fs";

const BUNDLED = ["@dagrejs/dagre", "@dagrejs/graphlib"];

export function licences() {
  return BUNDLED.map(licence).join("\n\n---\n\n");
}

function licence(name) {
  const about = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8"));
  const text = readFileSync(`node_modules/${name}/LICENSE`, "utf8").trim();
  return `${about.name} ${about.version}\n\n${text}`;
}
