import { ENDPOINT_SORT_KEYS, type EndpointSortKey } from "../../src/model/views/endpoint-page.ts";

/** The query of a URL, not validated. Unknown names and values that are not allowed are ignored. */
type RawSearch = Readonly<Record<string, unknown>>;

export interface RootSearch {
  readonly run?: string | undefined;
  readonly candidate?: string | undefined;
}

const VERDICTS = ["pass", "fail", "inconclusive"] as const;

export interface EndpointsSearch {
  /** Words that the endpoints must contain. */
  readonly q?: string | undefined;
  readonly verdict?: (typeof VERDICTS)[number] | undefined;
  readonly sort?: EndpointSortKey | undefined;
  readonly dir?: "asc" | "desc" | undefined;
}

/** Limits exchanges by what their query has. */
export interface QueryFilter {
  /** Only exchanges with this query parameter; empty: without any. */
  readonly query?: string | undefined;
  /** Only exchanges without it. */
  readonly without?: "yes" | undefined;
}

export interface EndpointSearch extends QueryFilter {
  /** Method and path template, `GET /users/{id}`. */
  readonly name: string;
  readonly route?: string | undefined;
  /** Section and path of the selected field; the list shows exchanges that differ in it. */
  readonly section?: string | undefined;
  readonly path?: string | undefined;
  /** Signature of the expanded cause. */
  readonly cause?: string | undefined;
  readonly diffy?: "shown" | undefined;
  /** Words that the fields in the tree contain. */
  readonly find?: string | undefined;
  /** To which level the tree is expanded. */
  readonly level?: "1" | "2" | "all" | undefined;
  readonly show?: "noise" | "likely" | "real" | undefined;
}

export interface CauseSearch {
  /** The endpoint; default: the one that shows the cause most. */
  readonly name?: string | undefined;
  readonly route?: string | undefined;
  /** The words of the finding whose exchanges are listed. */
  readonly finding?: string | undefined;
  /** Id of the isolation that is shown; default: the newest one. */
  readonly isolation?: string | undefined;
  /** What the reader is asked to isolate: the id of an exchange, or `live` for the next live request. */
  readonly isolate?: string | undefined;
}

/** Initial values of the form for a new rule. */
export interface RulesSearch {
  readonly endpoint?: string | undefined;
  readonly section?: string | undefined;
  readonly path?: string | undefined;
  readonly kind?: string | undefined;
  readonly action?: string | undefined;
}

export interface SampleSearch extends QueryFilter {
  readonly against?: "secondary" | undefined;
  /** The default depends on the width of the window. */
  readonly layout?: "unified" | "split" | undefined;
  /** Rows of the body; by default changes with context. */
  readonly rows?: "changes" | "all" | undefined;
  /** Text to find in the body. */
  readonly find?: string | undefined;
  /** The selected place: a JSON Pointer or `line N` in the body, or `header NAME`. */
  readonly at?: string | undefined;
  /** The lists of exchanges and of details are hidden, so that the body has the entire width. */
  readonly panes?: "hidden" | undefined;
  /** The reader is asked whether to send the request again. */
  readonly resend?: "ask" | undefined;
  /** Limit the list to exchanges that differ in this field, or in this cause. */
  readonly section?: string | undefined;
  readonly path?: string | undefined;
  readonly cause?: string | undefined;
}

/** Ids of the two runs to compare; the default is the selected run and the one before it. */
export interface RunsSearch {
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}

export interface LatencySearch {
  readonly endpoint?: string | undefined;
  /** Selected latencies in milliseconds, `12.5-40`; of the candidate, unless another role is named. */
  readonly ms?: string | undefined;
  readonly role?: "primary" | "secondary" | undefined;
  /** Selected times of arrival in Unix milliseconds, `1700000000000-1700000001000`. */
  readonly time?: string | undefined;
  readonly scale?: "tail" | undefined;
}

export interface ConfigurationSearch {
  /** Words that the options must contain. */
  readonly q?: string | undefined;
  readonly values?: "changed" | undefined;
}

export interface TailSearch {
  /** As in `RootSearch`. */
  readonly candidate?: string | undefined;
  readonly differing?: "only" | undefined;
  readonly endpoint?: string | undefined;
  readonly status?: string | undefined;
  readonly text?: string | undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function oneOf<T extends string>(value: unknown, allowed: readonly T[]): T | undefined {
  return allowed.find((each) => each === value);
}

export function rootSearch({ run, candidate }: RawSearch): RootSearch {
  return { run: text(run), candidate: text(candidate) };
}

export function endpointsSearch({ q, verdict, sort, dir }: RawSearch): EndpointsSearch {
  return {
    q: text(q),
    verdict: oneOf(verdict, VERDICTS),
    sort: oneOf(sort, ENDPOINT_SORT_KEYS),
    dir: oneOf(dir, ["asc", "desc"]),
  };
}

export function endpointSearch(raw: RawSearch): EndpointSearch {
  const { name, route, section, path, cause, diffy, find, level, show } = raw;
  return {
    name: text(name) ?? "",
    route: text(route),
    section: text(section),
    path: text(path),
    cause: text(cause),
    ...queryFilter(raw),
    diffy: oneOf(diffy, ["shown"]),
    find: text(find),
    level: oneOf(level, ["1", "2", "all"]),
    show: oneOf(show, ["noise", "likely", "real"]),
  };
}

export function causeSearch({ name, route, finding, isolation, isolate }: RawSearch): CauseSearch {
  return {
    name: text(name),
    route: text(route),
    finding: text(finding),
    isolation: text(isolation),
    isolate: text(isolate),
  };
}

function queryFilter({ query, without }: RawSearch): QueryFilter {
  return { query: typeof query === "string" ? query : undefined, without: oneOf(without, ["yes"]) };
}

export function sampleSearch(raw: RawSearch): SampleSearch {
  const { against, layout, rows, find, at, panes, resend, section, path, cause } = raw;
  return {
    ...queryFilter(raw),
    against: oneOf(against, ["secondary"]),
    layout: oneOf(layout, ["unified", "split"]),
    rows: oneOf(rows, ["changes", "all"]),
    find: text(find),
    at: text(at),
    panes: oneOf(panes, ["hidden"]),
    resend: oneOf(resend, ["ask"]),
    section: text(section),
    path: text(path),
    cause: text(cause),
  };
}

export function rulesSearch({ endpoint, section, path, kind, action }: RawSearch): RulesSearch {
  return {
    endpoint: text(endpoint),
    section: text(section),
    path: text(path),
    kind: text(kind),
    action: text(action),
  };
}

export function runsSearch({ before, after }: RawSearch): RunsSearch {
  return { before: text(before), after: text(after) };
}

export function configurationSearch({ q, values }: RawSearch): ConfigurationSearch {
  return { q: text(q), values: oneOf(values, ["changed"]) };
}

export function tailSearch({ candidate, differing, endpoint, status, text: part }: RawSearch): TailSearch {
  return {
    candidate: text(candidate),
    differing: oneOf(differing, ["only"]),
    endpoint: text(endpoint),
    status: text(status),
    text: text(part),
  };
}

export function latencySearch({ endpoint, ms, role, time, scale }: RawSearch): LatencySearch {
  return {
    endpoint: text(endpoint),
    ms: text(ms),
    role: oneOf(role, ["primary", "secondary"]),
    time: text(time),
    scale: oneOf(scale, ["tail"]),
  };
}

/** Keeps every value as text; the router's default would parse numbers and JSON. */
export function parseSearch(query: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(query));
}

export function stringifySearch(search: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) if (typeof value === "string") query.set(name, value);
  return query.size === 0 ? "" : `?${query.toString()}`;
}
