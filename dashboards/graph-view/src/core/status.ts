/** How something is doing, from best to worst, and what may be the reason for something else. */

export type Status = "Ready" | "Unknown" | "Pending" | "Missing" | "Error";

/** From best to worst: of several things that are drawn as one, the worst shows. */
export const STATUSES: readonly Status[] = ["Ready", "Unknown", "Pending", "Missing", "Error"];

const KNOWN = new Set<string>(STATUSES);

export function isStatus(text: string): boolean {
  return KNOWN.has(text);
}

/** Read a status; what is no status is Unknown. */
export function statusOf(text: string): Status {
  return isStatus(text) ? (text as Status) : "Unknown";
}

export function worst(statuses: Iterable<Status>): Status {
  let found = 0;
  for (const status of statuses) found = Math.max(found, STATUSES.indexOf(status));
  return STATUSES[found] ?? "Ready";
}

/** Whether it is broken itself. What is Unknown is not known to be, what is Missing is not there to be. */
export function unhealthy(status: Status): boolean {
  return status === "Error" || status === "Pending";
}

/** Whether a person should look at it. */
export function troubled(status: Status): boolean {
  return unhealthy(status) || status === "Missing";
}
