/**
 * The two frames that a picture is made of, as Grafana's node graph takes them: one object for each row.
 *
 * What is not given is read from the id, which is `Kind/namespace/name`, or `Kind/name` outside namespaces.
 */

export interface NodeFrame {
  readonly id: string;
  /** What is written on the node; the object's name if absent. */
  readonly title?: string;
  /** The kind, if `detail__kind` is absent. */
  readonly subtitle?: string;
  /**
   * The status: Ready, Pending, Error, Unknown, or Missing for what is referred to and does not exist. Anything
   * else is written on the node, whose status is then Unknown.
   */
  readonly mainstat?: string | number;
  /**
   * A CSS colour for what has none of the statuses. Elsewhere not used: the status decides, so that colour and
   * shape cannot contradict each other.
   */
  readonly color?: string;
  readonly detail__kind?: string;
  readonly detail__namespace?: string;
  readonly detail__name?: string;
  /** The status, if it is not in `mainstat`. */
  readonly detail__status?: string;
  /** One line that says why: `No replicas ready (0/3)`. */
  readonly detail__message?: string;
  /** The Helm release that the object belongs to. */
  readonly detail__release?: string;
  /** The topmost controller as `Kind/name`: a Pod is drawn within it even where nothing in between is known. */
  readonly detail__root?: string;
  /**
   * The ways to its causes, the nearest first: ids with a space between them, ways with a comma, as the exporter
   * finds them. Where one node has this, the view looks for no causes itself.
   */
  readonly detail__causes?: string;
  readonly [detail: `detail__${string}`]: string | undefined;
}

export interface EdgeFrame {
  /** Taken and not used: an edge is its source, type and target. */
  readonly id?: string;
  readonly source: string;
  readonly target: string;
  /** The type of the relation (`selects`, `mounts`, …). */
  readonly detail__type?: string;
  /** The type, if `detail__type` is absent. */
  readonly mainstat?: string | number;
  /** `true` where the source works without the target. */
  readonly detail__optional?: string;
  readonly [detail: `detail__${string}`]: string | undefined;
}
