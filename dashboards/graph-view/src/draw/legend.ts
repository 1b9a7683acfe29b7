/** What shapes and lines mean; ticking a type off takes its relations away. */

import { lineOf, LINES } from "../core/edgetypes.ts";
import { STATUSES } from "../core/status.ts";
import { html, svg } from "./dom.ts";
import { badge } from "./shapes.ts";

export class Legend {
  readonly element = html("div", { class: "legend", role: "group", "aria-label": "Legend; relations can be switched off" });
  private signature = "";

  constructor(private readonly toggle: (type: string, shown: boolean) => void) {}

  show(types: ReadonlyMap<string, number>, hidden: ReadonlySet<string>): void {
    const signature = JSON.stringify([[...types], [...hidden]]);
    if (signature === this.signature) return;
    this.signature = signature;
    const root = this.element.getRootNode() as ShadowRoot;
    const focused = root.activeElement?.getAttribute("data-type");
    this.element.replaceChildren(
      ...[...STATUSES].reverse().map((status) => html("span", { class: "key" }, badge(status), status)),
      html("span", { class: "rule" }),
      ...[...types].map(([type, number]) => this.entry(type, number, !hidden.has(type))),
    );
    if (focused) this.element.querySelector<HTMLElement>(`[data-type="${CSS.escape(focused)}"]`)?.focus();
  }

  private entry(type: string, number: number, shown: boolean): HTMLElement {
    const { dash, width } = LINES[lineOf(type)];
    const box = html("input", { type: "checkbox", "data-type": type });
    box.checked = shown;
    box.addEventListener("change", () => this.toggle(type, box.checked));
    const line = svg(
      "svg",
      { width: 34, height: 10, "aria-hidden": "true" },
      svg("path", { class: "sample", d: "M2 5H32", "stroke-dasharray": dash || undefined, "stroke-width": width }),
    );
    return html("label", { class: shown ? "" : "off" }, box, line, `${type} ${number.toLocaleString("en")}`);
  }
}
