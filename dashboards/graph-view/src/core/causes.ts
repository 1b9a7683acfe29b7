/** Why things are not Ready: what is known of it. */

export interface Cause {
  readonly id: string;
  /** The way to it: ids from the object's first dependency to the cause itself. */
  readonly path: readonly string[];
}

export interface Causes {
  /** How many broken things each cause is the nearest one of. */
  readonly explained: ReadonlyMap<string, number>;
  /** Explain one thing: nearest causes first, at most three. */
  of(id: string): readonly Cause[];
  /** The steps that lead from broken things to their nearest causes, as dependent and dependency. */
  steps(): Iterable<readonly [string, string]>;
}
