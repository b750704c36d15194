import { readFileSync } from "node:fs";
import { join } from "node:path";

const FILE = join(import.meta.dirname, "../../deploy/grafana/dashboards/shadowdiff.json");

interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly datasource: { readonly type: string; readonly uid: string };
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly Target[];
}

interface Variable {
  readonly type: "query" | "datasource";
  readonly name: string;
  readonly multi: boolean;
  readonly includeAll: boolean;
  readonly query: string | { readonly query: string };
}

export interface Dashboard {
  readonly uid: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
}

/** Variable → what is chosen; all values when "All" is. */
export type Choice = Readonly<Record<string, readonly string[]>>;

export function readDashboard(): Dashboard {
  return JSON.parse(readFileSync(FILE, "utf8")) as Dashboard;
}

/** Splits `label_values(selector, label)`. @throws for anything else: the dashboard uses no other form */
export function parseLabelValues(query: string): { selector: string; label: string } {
  const match = /^label_values\((.+),\s*(\w+)\)$/.exec(query);
  if (match?.[1] === undefined || match[2] === undefined) throw new Error(`no label_values query: ${query}`);
  return { selector: match[1], label: match[2] };
}

/**
 * Fills an expression in as Grafana's Prometheus data source does: one value is escaped for a regular expression in a
 * string, several become `(a|b)`, and `$__rate_interval` is at least four scrapes.
 * @throws for a variable that nobody chose
 */
export function interpolate(expression: string, choice: Choice, rateInterval: string): string {
  return expression.replaceAll(/\$(\w+)|\$\{(\w+)\}/g, (_, bare?: string, braced?: string) => {
    const name = bare ?? braced ?? "";
    if (name === "__rate_interval") return rateInterval;
    const values = choice[name]?.map(escapeRegex);
    if (values === undefined || values.length === 0) throw new Error(`$${name} has no value in ${expression}`);
    return values.length === 1 ? (values[0] ?? "") : `(${values.join("|")})`;
  });
}

/** Backslashes twice: once for the regular expression, once for the PromQL string around it. */
function escapeRegex(value: string): string {
  return value.replaceAll("\\", String.raw`\\\\`).replaceAll(/[$^*{}[\]'+?.()|]/g, String.raw`\\$&`);
}
