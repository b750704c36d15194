import type { DifferenceKind, Relation } from "../../model/difference.ts";
import type { FieldDifference } from "../field-difference.ts";
import type { MapPaths } from "../tree/keys/map-paths.ts";
import { isFingerprint } from "../../secrets/fingerprint.ts";
import { textRelation } from "../relations/value-relation.ts";
import { parseCookieDate } from "./cookie-date.ts";
import { cookiePathName, defaultCookiePath, OTHER_ATTRIBUTES, parseCookie, type Cookie } from "./parse-cookie.ts";

/** A second for each of two clocks that are read at different moments. */
const CLOCK_SLACK_MS = 2_000;
const PATH = "Path";
const EXPIRES = "Expires";
/** The map of all cookies, of which names that are data are the keys. */
const COOKIES = "set-cookie.";

/** The cookies of one response. */
export interface SentCookies {
  /** The Set-Cookie lines. */
  readonly lines: readonly string[];
  /** The Date of the response, to which Expires is relative; Unix milliseconds. */
  readonly date: number | undefined;
}

/** One difference of two cookies: of their values, or of one attribute. */
export interface CookieDifference {
  /** `set-cookie.SID` or `set-cookie.SID.Secure` */
  readonly path: string;
  readonly kind: DifferenceKind & ("header" | "missing" | "extra");
  /** The values; undefined where a side has none. */
  readonly left: string | undefined;
  readonly right: string | undefined;
  /** Whether the values are secret: those of a cookie, and of attributes that may be anything. */
  readonly isSecret: boolean;
}

type Side = readonly [cookie: Cookie, sent: SentCookies];

/**
 * Compares the cookies that two responses set, each by its name, and each of their attributes on its own. The order of lines
 * counts only for cookies with one name, domain and path: the last one replaces the others (RFC 6265 §5.3).
 * @param target of the request: it has the path of cookies without one
 * @param maps finds out that names of cookies are data
 */
export function compareCookies(
  primary: SentCookies,
  candidate: SentCookies,
  target: string,
  maps: MapPaths | undefined,
): readonly CookieDifference[] {
  const pairs = pairCookies(primary.lines.map(parseCookie), candidate.lines.map(parseCookie), target, maps);
  return pairs.flatMap(({ left, right, name }) => {
    const path = `${COOKIES}${name}`;
    if (left !== undefined && right !== undefined) {
      return compareTwo(path, [left, primary], [right, candidate], target);
    }
    const kind = right === undefined ? "missing" : "extra";
    return [{ path, kind, left: left?.value, right: right?.value, isSecret: true }];
  });
}

interface CookiePair {
  readonly left: Cookie | undefined;
  readonly right: Cookie | undefined;
  /** In a path. */
  readonly name: string;
}

/** Pairs the cookies of one name, domain and path, then of one name, then those whose names differ only in data. */
function pairCookies(
  left: readonly Cookie[],
  right: readonly Cookie[],
  target: string,
  maps: MapPaths | undefined,
): readonly CookiePair[] {
  const pathName = (cookie: Cookie): string =>
    maps?.has(COOKIES) === true ? OTHER_ATTRIBUTES : cookiePathName(cookie.name);
  const identity = ({ name, attributes }: Cookie): string =>
    [name, attributes.get("Domain") ?? "", attributes.get(PATH) ?? defaultCookiePath(target)].join("\n");
  const pairs: CookiePair[] = [];
  const rest = { left, right };
  const pairBy = (key: (cookie: Cookie) => string | undefined): void => {
    const { matched, left: a, right: b } = pairFromEnd(rest.left, rest.right, key);
    for (const [one, other] of matched) pairs.push({ left: one, right: other, name: pathName(one) });
    [rest.left, rest.right] = [a, b];
  };
  pairBy(identity);
  pairBy(({ name }) => name);
  for (const { name } of rest.left) maps?.observe(COOKIES, "left", name);
  for (const { name } of rest.right) maps?.observe(COOKIES, "right", name);
  pairBy((cookie) => (pathName(cookie) === cookie.name ? undefined : pathName(cookie)));
  return [
    ...pairs,
    ...rest.left.map((cookie) => ({ left: cookie, right: undefined, name: pathName(cookie) })),
    ...rest.right.map((cookie) => ({ left: undefined, right: cookie, name: pathName(cookie) })),
  ];
}

/** Pairs cookies with equal keys, the last ones first. Those without a partner or a key remain. */
function pairFromEnd(
  left: readonly Cookie[],
  right: readonly Cookie[],
  key: (cookie: Cookie) => string | undefined,
): { readonly matched: readonly (readonly [Cookie, Cookie])[] } & Readonly<Record<"left" | "right", Cookie[]>> {
  const byKey = Map.groupBy(right, key);
  const matched: [Cookie, Cookie][] = [];
  const alone: Cookie[] = [];
  for (const cookie of left.toReversed()) {
    const own = key(cookie);
    const partner = own === undefined ? undefined : byKey.get(own)?.pop();
    if (partner === undefined) alone.push(cookie);
    else matched.push([cookie, partner]);
  }
  const rest = new Set([...byKey.values()].flat());
  return { matched: matched.toReversed(), left: alone.toReversed(), right: right.filter((each) => rest.has(each)) };
}

function compareTwo(path: string, left: Side, right: Side, target: string): readonly CookieDifference[] {
  const [[a], [b]] = [left, right];
  const isSame = a.value === b.value && a.name === b.name;
  const value: readonly CookieDifference[] = isSame
    ? []
    : [{ path, kind: "header", left: a.value, right: b.value, isSecret: true }];
  const names = new Set([...a.attributes.keys(), ...b.attributes.keys()]);
  return [
    ...value,
    ...[...names].flatMap((name): CookieDifference[] => {
      const [one, other] = [a.attributes.get(name), b.attributes.get(name)];
      if (sameAttribute(name, left, right, target)) return [];
      const kind = one === undefined ? "extra" : other === undefined ? "missing" : "header";
      return [{ path: `${path}.${name}`, kind, left: one, right: other, isSecret: name === OTHER_ATTRIBUTES }];
    }),
  ];
}

function sameAttribute(name: string, [a, sentA]: Side, [b, sentB]: Side, target: string): boolean {
  const [one, other] = [a.attributes.get(name), b.attributes.get(name)];
  if (one === other) return true;
  if (name === PATH) return (one ?? defaultCookiePath(target)) === (other ?? defaultCookiePath(target));
  return name === EXPIRES && one !== undefined && other !== undefined && sameExpiry(one, sentA, other, sentB);
}

/** Expires is relative to Date. Every time in the past deletes the cookie (RFC 6265 §5.3). */
function sameExpiry(left: string, sentA: SentCookies, right: string, sentB: SentCookies): boolean {
  const [one, other] = [parseCookieDate(left), parseCookieDate(right)];
  if (one === undefined || other === undefined) return false;
  if (one === other) return true;
  if (sentA.date === undefined || sentB.date === undefined) return false;
  const lifetimes = [one - sentA.date, other - sentB.date] as const;
  return lifetimes.every((lifetime) => lifetime < 0) || Math.abs(lifetimes[0] - lifetimes[1]) <= CLOCK_SLACK_MS;
}

/** Differences of one path and kind are one field: its values are those of the first cookie. */
export function cookieFields(
  section: "header" | "trailer",
  differences: readonly CookieDifference[],
): readonly FieldDifference[] {
  const byField = Map.groupBy(differences, ({ path, kind }) => `${path}\n${kind}`);
  return [...byField.values()].flatMap((own) => {
    const [first] = own;
    return first === undefined ? [] : [cookieField(section, first, own)];
  });
}

function cookieField(
  section: "header" | "trailer",
  { path, kind, left, right, isSecret }: CookieDifference,
  all: readonly CookieDifference[],
): FieldDifference {
  const relations = new Set(all.map((each): Relation | null => relationOf(each)));
  const [relation = null] = relations.size === 1 ? [...relations] : [];
  return {
    section,
    path,
    kind,
    relation,
    values: isSecret ? undefined : all.map((each) => ({ left: each.left, right: each.right })),
    detail: (redactor) => {
      const show = (value: string | undefined): string | null => {
        if (value === undefined) return null;
        if (!isSecret) return redactor.short(value === "" ? "set" : value);
        return value === "" || isFingerprint(value) ? value : redactor.whole(value);
      };
      return { pointer: "", primary: show(left), candidate: show(right) };
    },
  };
}

function relationOf({ kind, left, right, isSecret }: CookieDifference): Relation | null {
  return kind !== "header" || isSecret ? null : textRelation(left ?? "", right ?? "");
}
