/** Search, what is wrong, grouping and zoom. */

import type { GroupBy } from "../face.ts";
import type { Model, Thing } from "../core/model.ts";
import { STATUSES, troubled, type Status } from "../core/status.ts";
import { compare, count } from "../core/text.ts";
import { button, html } from "./dom.ts";
import { badge } from "./shapes.ts";

export interface Acts {
  readonly go: (id: string) => void;
  readonly groupBy: (by: GroupBy) => void;
  readonly zoom: (factor: number) => void;
  readonly fit: () => void;
}

const GROUPS: readonly (readonly [GroupBy, string])[] = [
  ["namespace", "By namespace"],
  ["release", "By Helm release"],
  ["none", "Not grouped"],
];

export class Toolbar {
  readonly element = html("div", { class: "toolbar", role: "toolbar", "aria-label": "Graph" });
  readonly search = html("input", { type: "search", placeholder: "Search  ( / )", "aria-label": "Search objects by name, kind or namespace" });
  private readonly found = html("span", { class: "found", role: "status" });
  private readonly trouble = html("div", { class: "trouble-list" });
  private model: Model | undefined;
  private hits: readonly Thing[] = [];
  private at = -1;
  private readonly turns = new Map<Status, number>();

  constructor(private readonly acts: Acts, by: GroupBy) {
    const group = html("select", { "aria-label": "Group objects" });
    for (const [value, text] of GROUPS) group.append(html("option", { value, selected: value === by }, text));
    group.addEventListener("change", () => acts.groupBy(group.value as GroupBy));
    this.search.addEventListener("input", () => this.look());
    this.search.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.step(event.shiftKey ? -1 : 1);
      if (event.key === "Escape" && this.search.value) {
        this.search.value = "";
        this.look();
        event.stopPropagation();
      }
    });
    this.element.append(
      this.search,
      this.found,
      this.trouble,
      html("span", { class: "space" }),
      group,
      button("−", "Zoom out", () => acts.zoom(1 / 1.3)),
      button("+", "Zoom in", () => acts.zoom(1.3)),
      button("Fit", "Show everything", acts.fit),
    );
  }

  show(model: Model): void {
    this.model = model;
    if (this.search.value) this.look(false);
    const things = [...model.things.values()];
    this.trouble.replaceChildren(
      ...[...STATUSES].reverse().filter(troubled).flatMap((status) => {
        const those = things.filter((thing) => thing.status === status);
        if (!those.length) return [];
        const next = button("", `${count(those.length, "object")} with status ${status}: go to the next one`, () => this.turn(status, those));
        next.append(badge(status), `${those.length.toLocaleString("en")} ${status}`);
        return [next];
      }),
    );
  }

  private turn(status: Status, those: readonly Thing[]): void {
    const at = ((this.turns.get(status) ?? -1) + 1) % those.length;
    this.turns.set(status, at);
    this.acts.go((those[at] as Thing).id);
  }

  private look(jump = true): void {
    const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const name = (thing: Thing) => `${thing.kind} ${thing.namespace} ${thing.name} ${thing.title}`.toLowerCase();
    this.hits = words.length
      ? [...(this.model?.things.values() ?? [])]
          .filter((thing) => words.every((word) => name(thing).includes(word)))
          .sort((a, b) => a.name.length - b.name.length || compare(a.id, b.id))
      : [];
    this.at = Math.min(this.at, this.hits.length - 1);
    if (jump) this.at = -1;
    this.found.textContent = words.length ? `${this.hits.length} found` : "";
  }

  private step(by: number): void {
    if (!this.hits.length) return;
    this.at = (this.at + by + this.hits.length) % this.hits.length;
    this.found.textContent = `${this.at + 1} of ${this.hits.length}`;
    this.acts.go((this.hits[this.at] as Thing).id);
  }
}
