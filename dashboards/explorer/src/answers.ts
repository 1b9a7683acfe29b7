/** What is asked of Prometheus through Grafana, and reading what comes back. */

export interface Question {
  readonly expr: string;
  /** The seconds between points over the range; at the range's end alone if absent. */
  readonly step?: number;
}

/** A series: its labels, and its points. Times are Unix milliseconds. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly times: readonly number[];
  readonly values: readonly number[];
}

export type Rows = readonly Series[];

/** Questions by their names; what does not apply is left out. */
export type Questions = { readonly [name: string]: Question | undefined };

/** What was answered to each question. What failed is empty. */
export type RowsOf<Q extends Questions> = { readonly [Name in keyof Q]: Rows };

export interface Answers<Q extends Questions> {
  readonly rows: RowsOf<Q>;
  /** What the data source said of those that failed. */
  readonly errors: readonly string[];
}

export type Ask = <Q extends Questions>(questions: Q) => Promise<Answers<Q>>;

export interface Source {
  readonly uid: string;
  readonly type: string;
}

/** The body of one request for all questions. Prometheus answers what has no step for `to`. */
export function body(questions: Questions, source: Source, from: number, to: number): object {
  return {
    from: String(from),
    to: String(to),
    queries: asked(questions).map(([refId, { expr, step }]) => ({
      refId,
      datasource: source,
      expr,
      instant: step === undefined,
      range: step !== undefined,
      format: "time_series",
      ...(step === undefined ? {} : { interval: `${step}s`, intervalMs: step * 1000, maxDataPoints: Math.ceil((to - from) / 1000 / step) + 1 }),
    })),
  };
}

/** The questions that are there. */
export function asked(questions: Questions): [name: string, question: Question][] {
  return Object.entries(questions).filter((each): each is [string, Question] => each[1] !== undefined);
}

interface Field {
  readonly type?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

interface Frame {
  readonly schema?: { readonly fields?: readonly Field[] };
  readonly data?: {
    readonly values?: readonly (readonly unknown[])[];
    readonly entities?: readonly ({ readonly NaN?: readonly number[]; readonly Inf?: readonly number[]; readonly NegInf?: readonly number[] } | null)[];
  };
}

interface Result {
  readonly error?: string;
  readonly frames?: readonly Frame[];
}

/** Read the answer to `body`. An answer of another form is an error of its own, not an exception. */
export function read<Q extends Questions>(questions: Q, answer: unknown): Answers<Q> {
  const results = (answer as { results?: Record<string, Result> } | null)?.results ?? {};
  const errors = new Set<string>();
  const rows: Record<string, Rows> = {};
  for (const [name] of asked(questions)) {
    const result = results[name];
    if (!result) errors.add("The data source did not answer every query.");
    if (result?.error) errors.add(result.error);
    rows[name] = (result?.frames ?? []).flatMap(seriesOf);
  }
  return { rows: rows as RowsOf<Q>, errors: [...errors] };
}

function seriesOf(frame: Frame): Series[] {
  const fields = frame.schema?.fields ?? [];
  const values = frame.data?.values ?? [];
  const time = fields.findIndex((field) => field.type === "time");
  const times = (values[time] ?? []) as readonly number[];
  return fields.flatMap((field, index) => {
    if (field.type !== "number" || !values[index]?.length) return [];
    return [{ labels: field.labels ?? {}, times, values: numbers(values[index], frame.data?.entities?.[index]) }];
  });
}

/** JSON has no NaN and no infinities: Grafana says beside the values where they stand. */
function numbers(values: readonly unknown[], special: NonNullable<NonNullable<Frame["data"]>["entities"]>[number] | undefined): number[] {
  const found = values.map((each) => (typeof each === "number" ? each : Number.NaN));
  for (const index of special?.Inf ?? []) found[index] = Number.POSITIVE_INFINITY;
  for (const index of special?.NegInf ?? []) found[index] = Number.NEGATIVE_INFINITY;
  return found;
}

/** A label of a series, empty where it is absent. */
export function label(row: Series, name: string): string {
  return row.labels[name] ?? "";
}

/** The last value of a series. */
export function last(row: Series): number {
  return row.values[row.values.length - 1] ?? Number.NaN;
}

/** The last value of the only series; null where there is none, which is not 0. */
export function only(rows: Rows): number | null {
  const [row] = rows;
  const found = row ? last(row) : Number.NaN;
  return Number.isNaN(found) ? null : found;
}

/** The last values by a label; the first series counts where two have the same. */
export function byLabel(rows: Rows, name: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const row of rows) if (!found.has(label(row, name))) found.set(label(row, name), last(row));
  return found;
}
