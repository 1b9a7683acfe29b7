/** The view: holds what was given and chosen, and has it drawn anew when either changes. */

import type { Card, Choices } from "./core/cards.ts";
import type { Causes } from "./core/causes.ts";
import { causesOf } from "./core/explaining.ts";
import { HIDDEN_WHEN_LARGE } from "./core/edgetypes.ts";
import { Layout, type Picture } from "./core/layout.ts";
import { restOf } from "./core/focus.ts";
import { read, type Model } from "./core/model.ts";
import { stage, type Staged } from "./core/scene.ts";
import { count } from "./core/text.ts";
import { Parts } from "./draw/parts.ts";
import { measuring } from "./draw/measuring.ts";
import { paced } from "./draw/pace.ts";
import type { GraphView, GraphViewOptions, GroupBy, Theme } from "./face.ts";
import type { EdgeFrame, NodeFrame } from "./frames.ts";
import { Selection } from "./selection.ts";

/** With more nodes than this, a graph is large. */
const LARGE = 60;

export class View implements GraphView {
  private model: Model = read([], []);
  private causes: Causes = causesOf(this.model);
  private scene: Staged | undefined;
  private picture: Picture | undefined;
  private hidden: Set<string> | null;
  private readonly opened = new Set<string>();
  private readonly groups = new Map<string, boolean>();
  private groupBy: GroupBy;
  private round = 0;
  /** The drawing that is under way: two at once would be in each other's way. */
  private drawn: Promise<unknown> = Promise.resolve();
  private readonly layout = new Layout(measuring());
  private readonly parts: Parts;
  private readonly selection: Selection;

  constructor(element: HTMLElement, private readonly options: GraphViewOptions) {
    this.hidden = options.hidden ? new Set(options.hidden) : null;
    this.groupBy = options.groupBy ?? "namespace";
    this.parts = new Parts(element, options, {
      go: (id) => this.select(id),
      groupBy: (by) => {
        this.groupBy = by;
        void this.redraw(true);
      },
      toggle: (type, shown) => {
        this.hidden = new Set(this.hidden);
        if (shown) this.hidden.delete(type);
        else this.hidden.add(type);
        void this.redraw();
      },
      fold: (group) => this.foldGroup(group, false),
      fit: () => this.fit(),
    });
    this.selection = new Selection(this.parts, options, {
      open: (card) => this.open(card),
      close: (card) => this.close(card),
    });
  }

  async update(nodes: readonly NodeFrame[], edges: readonly EdgeFrame[]): Promise<void> {
    const round = ++this.round;
    const work = understand(nodes, edges);
    const known = await paced(work, () => round === this.round);
    if (!known) return;
    [this.model, this.causes] = known;
    if (this.hidden === null && nodes.length) this.hidden = new Set(nodes.length > LARGE ? HIDDEN_WHEN_LARGE : []);
    await this.redraw();
  }

  select(id: string | null): void {
    if (id === null) return this.selection.clear();
    void this.reveal(id);
  }

  fit(): void {
    this.parts.fit(true);
  }

  setTheme(theme: Theme): void {
    this.parts.setTheme(theme);
  }

  destroy(): void {
    this.round++;
    this.parts.destroy();
  }

  /** Unfold whatever an object is folded into, then select it. */
  private async reveal(id: string): Promise<void> {
    const thing = this.model.things.get(id);
    if (!thing) return this.parts.say(`${id} is not in the graph`);
    for (let depth = 0; depth < 3; depth++) {
      const card = this.scene?.cards.get(this.scene.cardOf.get(id) ?? "");
      const whole = card?.form === "object" && (card.id === id || thing.kind !== "Pod" || card.open);
      if (card && (whole || depth === 2)) break;
      if (!card) this.opened.add(id);
      else if (card.form === "group" || card.id === restOf(card.group)) this.groups.set(card.group, true);
      else this.opened.add(card.id);
      if (!(await this.redraw())) return;
    }
    this.selection.choose(id);
  }

  /** Enter or double click on a card: unfold it, or tell whoever embeds the view. */
  private open(card: Card): void {
    if (card.form === "group" || card.id === restOf(card.group)) this.foldGroup(card.group, true);
    else if (card.form === "stack" || card.members.some((member) => member.kind === "Pod")) {
      if (card.open) this.opened.delete(card.id);
      else this.opened.add(card.id);
      void this.redraw();
    } else if (card.thing) this.options.onOpen?.(card.thing.id);
  }

  /** Fold what a card was unfolded from. */
  private close(card: Card): void {
    const stack = this.scene?.stackOf.get(card.id);
    if (stack) this.opened.delete(stack);
    else if (card.open) this.opened.delete(card.id);
    else return this.foldGroup(card.group, false);
    void this.redraw();
  }

  private foldGroup(name: string, open: boolean): void {
    this.groups.set(name, open);
    void this.redraw();
  }

  /** Draw what is known; false if something newer came in between. */
  private async redraw(fit = false): Promise<boolean> {
    const round = ++this.round;
    const wanted = () => round === this.round;
    const choices: Choices = { groupBy: this.groupBy, hidden: this.hidden ?? new Set(), foldFrom: this.options.foldFrom, opened: this.opened, groups: this.groups };
    const scene = await paced(stage(this.model, this.causes, choices), wanted);
    const picture = scene && (await paced(this.layout.lay(scene), wanted));
    if (!scene || !picture) return false;
    await this.drawn;
    if (!wanted()) return false;
    const before = this.picture;
    [this.scene, this.picture] = [scene, picture];
    const drawing = this.parts.draw({ model: this.model, causes: this.causes, scene, picture, before, hidden: choices.hidden, fit, summary: this.summary(scene) });
    // What has begun to be drawn is drawn to its end: half a picture would say what is not so.
    this.drawn = paced(drawing, () => true);
    await this.drawn;
    if (!wanted()) return false;
    this.selection.show({ model: this.model, causes: this.causes, scene, picture });
    return true;
  }

  private summary(scene: Staged): string {
    const objects = count(this.model.things.size, "object");
    return `Relationship graph: ${objects} in ${count(scene.cards.size, "node")}, ${count(scene.links.length, "line")}`;
  }
}

/** Read what was given, and why things are broken. Yields in between. */
function* understand(nodes: readonly NodeFrame[], edges: readonly EdgeFrame[]): Generator<undefined, [Model, Causes]> {
  const model = read(nodes, edges);
  yield;
  return [model, causesOf(model)];
}
