import { readFileSync } from "node:fs";
import { join } from "node:path";

const FILE = join(import.meta.dirname, "../../deploy/grafana/dashboards/shadowdiff.json");

interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly exemplar?: boolean;
  readonly datasource: { readonly type: string; readonly uid: string };
}

interface Link {
  readonly title: string;
  readonly url?: string;
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly Target[];
  readonly fieldConfig?: { readonly defaults: { readonly links?: readonly Link[] } };
}

interface Variable {
  readonly type: "query" | "datasource" | "textbox";
  readonly name: string;
  readonly multi: boolean;
  readonly includeAll: boolean;
  /** A regular expression for "All"; by default, all values. */
  readonly allValue?: string;
  readonly query: string | { readonly query: string };
}

interface Annotation {
  readonly name: string;
  readonly titleFormat?: string;
  readonly useValueForTime?: boolean;
  readonly target: Target;
}

export interface Dashboard {
  readonly uid: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly links: readonly Link[];
  readonly annotations: { readonly list: readonly Annotation[] };
  readonly templating: { readonly list: readonly Variable[] };
}

/** The selected values of each variable: all values for "All", unless that has an expression of its own. */
export type Choice = Readonly<Record<string, readonly string[] | RegExp>>;

export function readDashboard(): Dashboard {
  return JSON.parse(readFileSync(FILE, "utf8")) as Dashboard;
}

/** Parses `label_values(selector, label)`. @throws for other queries, which the dashboard does not use */
export function parseLabelValues(query: string): { selector: string; label: string } {
  const match = /^label_values\((.+),\s*(\w+)\)$/.exec(query);
  if (match?.[1] === undefined || match[2] === undefined) throw new Error(`not a label_values query: ${query}`);
  return { selector: match[1], label: match[2] };
}

/**
 * Replaces variables like the Prometheus data source of Grafana: a value is escaped for a regular expression in a string,
 * several values become `(a|b)`, and `$__rate_interval` is at least four scrape intervals.
 * @throws for a variable without a value
 */
export function interpolate(expression: string, choice: Choice, rateInterval: string): string {
  return expression.replaceAll(/\$(\w+)|\$\{(\w+)\}/g, (_, bare?: string, braced?: string) => {
    const name = bare ?? braced ?? "";
    if (name === "__rate_interval") return rateInterval;
    const chosen = choice[name];
    if (chosen instanceof RegExp) return chosen.source;
    const values = chosen?.map(escapeRegex);
    if (values === undefined || values.length === 0) throw new Error(`$${name} has no value in ${expression}`);
    return values.length === 1 ? (values[0] ?? "") : `(${values.join("|")})`;
  });
}

/** Escapes twice: for the regular expression and for the PromQL string that contains it. */
function escapeRegex(value: string): string {
  return value.replaceAll("\\", String.raw`\\\\`).replaceAll(/[$^*{}[\]'+?.()|]/g, String.raw`\\$&`);
}

/** The URL of a link for a series with these labels; the variables of the dashboard have their default values. */
export function followLink(url: string, labels: Readonly<Record<string, string>>): string {
  return url.replaceAll(/\$\{([^:}]+)(?::(\w+))?\}/g, (_, name: string, format?: string) => {
    if (name === "shadowdiff") return "http://shadowdiff.test:9900";
    const label = labels[name.replace("__field.labels.", "")];
    if (label === undefined || format !== "percentencode") throw new Error(`no value for ${name}:${format} in ${url}`);
    return encodeURIComponent(label);
  });
}
