import { bytesAsText } from "../../lib/text/bytes-as-text.ts";
import { FINGERPRINT } from "../../model/sample.ts";
import type { Exchange } from "../../model/capture.ts";
import type { AttributeSource } from "../../model/explain/attribute.ts";
import { percentDecoded } from "../../secrets/decoded-text.ts";
import { holdsSecret, isSensitiveEncodedName } from "../../secrets/sensitive-names.ts";
import { joinedValue, type HeaderMap } from "../captured-response.ts";
import { cookiePathName, OTHER_ATTRIBUTES } from "../headers/parse-cookie.ts";
import { isDataKey } from "../tree/keys/dynamic-keys.ts";
import type { AttributeList } from "./attribute-list.ts";
import { isUnexplaining } from "./unexplaining-headers.ts";
import { templateOf } from "./template-parameters.ts";
import type { ValueMasker } from "./value-masker.ts";

/** Parameters and cookies of one request that are read at most. */
const MAX_PAIRS = 200;
/** `items[0][name]`: the position is a value. */
const POSITION = /\[\d+\]/g;

/** Adds everything that the head of a request says. @param ignored names of headers in lower case */
export function addRequestHead(
  list: AttributeList,
  { exchange, endpoint, fields }: { exchange: Exchange; endpoint: string; fields: HeaderMap },
  masker: ValueMasker,
  ignored: ReadonlySet<string>,
): void {
  addClaims(list, exchange.claims ?? []);
  const target = bytesAsText(exchange.target);
  addQuery(list, target);
  addPath(list, masker.path(target.split(/[?#]/, 1)[0] ?? ""), endpoint);
  addHeaders(list, fields, ignored);
  addCookies(list, fields.get("cookie") ?? []);
}

/** @param claims names and texts, alternately */
function addClaims(list: AttributeList, claims: readonly string[]): void {
  for (let at = 0; at + 1 < claims.length; at += 2) addNamed(list, "claim", claims[at] ?? "", claims[at + 1] ?? "");
}

function addQuery(list: AttributeList, target: string): void {
  const start = target.indexOf("?");
  if (start === -1) return;
  const [query = ""] = target.slice(start + 1).split("#", 1);
  const pairs = query.split("&", MAX_PAIRS + 1);
  if (pairs.length > MAX_PAIRS) list.markCut("query");
  const values = new Map<string, { text: string; isSecret: boolean }>();
  for (const pair of pairs.slice(0, MAX_PAIRS)) {
    const equals = pair.indexOf("=");
    const [rawName, rawValue] = equals === -1 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)];
    const name = percentDecoded(rawName.replaceAll("+", " ")).replaceAll(POSITION, "[]");
    // A name that is a time or an id is new with each request.
    if (name === "" || isDataKey(name)) continue;
    const text = percentDecoded(rawValue.replaceAll("+", " "));
    const isSecret = holdsSecret(rawName, rawValue);
    const before = values.get(name);
    values.set(
      name,
      before === undefined
        ? { text, isSecret }
        : { text: `${before.text}, ${text}`, isSecret: isSecret || before.isSecret },
    );
  }
  // The response of an authorization server (RFC 6749 §4.1.2).
  const isLogin = values.has("code") && values.has("state");
  for (const [name, { text, isSecret }] of values) {
    const isHidden = isSecret || (isLogin && (name === "code" || name === "state"));
    if (isHidden && !text.includes(FINGERPRINT)) list.addSecret("query", name, text);
    else list.addText("query", name, text);
  }
}

/** The values of the template's parameters. */
function addPath(list: AttributeList, path: string, endpoint: string): void {
  const { length, parameters } = templateOf(endpoint);
  if (parameters.length === 0) return;
  const segments = path.split("/");
  if (segments.length !== length) return;
  for (const { at, name, shownName, before, after } of parameters) {
    const segment = percentDecoded(segments[at] ?? "");
    if (segment.length < before.length + after.length) continue;
    if (!segment.startsWith(before) || !segment.endsWith(after)) continue;
    addNamed(list, "path", name, segment.slice(before.length, segment.length - after.length), shownName);
  }
}

function addHeaders(list: AttributeList, fields: HeaderMap, ignored: ReadonlySet<string>): void {
  for (const name of fields.keys()) {
    if (isUnexplaining(name) || ignored.has(name)) continue;
    if (!list.hasSpace("header")) return list.markCut("header");
    addNamed(list, "header", name, bytesAsText(joinedValue(fields, name) ?? ""));
  }
}

/** Values of cookies are secret, whatever their names. */
function addCookies(list: AttributeList, lines: readonly string[]): void {
  const pairs = lines.join(";").split(";", MAX_PAIRS + 1);
  if (pairs.length > MAX_PAIRS) list.markCut("cookie");
  for (const pair of pairs.slice(0, MAX_PAIRS)) {
    const equals = pair.indexOf("=");
    const name = cookiePathName(equals === -1 ? "" : pair.slice(0, equals).trim());
    if (!name.includes(OTHER_ATTRIBUTES)) list.addSecret("cookie", name, pair.slice(equals + 1).trim());
  }
}

/** Adds a text whose name says whether it is secret. */
function addNamed(list: AttributeList, source: AttributeSource, name: string, text: string, shownName = name): void {
  if (isSensitiveEncodedName(name) && !text.includes(FINGERPRINT)) list.addSecret(source, shownName, text);
  else list.addText(source, shownName, text);
}
