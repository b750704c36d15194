import type { RequestMatch, Route } from "../../model/routing.ts";
import { isCatchAll } from "../istio/hosted-routes.ts";
import type { DocumentField } from "../kubernetes/document-field.ts";

/** A rule with one of its matches. Precedence is between matches, not between rules. */
export interface Ranked {
  readonly field: DocumentField;
  readonly match: RequestMatch;
  /** The precedence of the match, compared number by number; the greatest comes first. */
  readonly rank: readonly number[];
  readonly route: Route;
}

/** Orders routes by rank, then as in the document, and merges neighbors of one rule. */
export function orderByPrecedence(read: readonly Ranked[]): readonly Route[] {
  const ordered = read.toSorted((a, b) => compare(a.rank, b.rank));
  return ordered.reduce<Route[]>((all, { route }) => {
    const last = all.at(-1);
    if (last === undefined || !isSameAction(last, route)) return [...all, route];
    return [...all.slice(0, -1), { ...last, matches: [...last.matches, ...route.matches] }];
  }, []);
}

/** @param fields the rules */
export function warnUnreachable(
  fields: readonly DocumentField[],
  read: readonly Ranked[],
  routes: readonly Route[],
): void {
  const end = routes.findIndex(isCatchAll);
  const reached = new Set(routes.slice(0, end + 1).map(({ name }) => name));
  if (end === -1) return;
  for (const { field, route } of read) {
    if (!reached.has(route.name) && fields.includes(field))
      field.warn("unreachable: another rule matches all requests before it");
  }
}

function compare(a: readonly number[], b: readonly number[]): number {
  return a.map((value, index) => (b[index] ?? 0) - value).find((difference) => difference !== 0) ?? 0;
}

function isSameAction(a: Route, b: Route): boolean {
  return a.name === b.name && textOf(a.action) === textOf(b.action);
}

function textOf(action: Route["action"]): string {
  return JSON.stringify(action, (_, value: unknown) => (value instanceof Set ? [...(value as Set<string>)] : value));
}
