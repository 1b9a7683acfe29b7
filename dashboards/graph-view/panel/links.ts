/** A node's data links: those of every field of its row, each once. Grafana has filled them in and made them safe. */

import type { LinkModel } from "@grafana/data";
import type { Row } from "./frames.ts";

export function linksOf(row: Row | undefined): LinkModel[] {
  const found = new Map<string, LinkModel>();
  for (const field of row?.frame.fields ?? [])
    for (const link of field.getLinks?.({ valueRowIndex: row!.index }) ?? []) {
      const key = JSON.stringify([link.title, link.href]);
      if (!found.has(key)) found.set(key, link);
    }
  return [...found.values()];
}

/** Follow the link that opening a node means: the one for one click, else the first. */
export function follow(links: readonly LinkModel[], within: HTMLElement): void {
  const link = links.find((each) => each.oneClick) ?? links[0];
  if (!link) return;
  if (!link.href) return void link.onClick?.(new MouseEvent("click"), link.origin);
  // Grafana takes clicks on links of its own pages over, so that they do not load the page anew.
  const anchor = document.createElement("a");
  anchor.href = link.href;
  if (link.target) anchor.target = link.target;
  anchor.rel = "noreferrer";
  anchor.addEventListener("click", (event) => link.onClick?.(event, link.origin));
  within.append(anchor);
  anchor.click();
  anchor.remove();
}
