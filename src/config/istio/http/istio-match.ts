import type { RequestMatch, StringMatch } from "../../../model/routing.ts";
import type { Field } from "../../kubernetes/document-field.ts";
import { flag, port, text, texts } from "../../kubernetes/scalar-fields.ts";
import { lowerCaseMatch, namedMatches, stringMatch } from "./istio-string-match.ts";

/** The gateway that stands for the proxies beside the services. */
export const MESH = "mesh";

const SPECIAL_KEYS = new Set(["uri", "scheme", "method", "authority"]);
const NOBODY_KNOWS = "outside of a mesh nobody knows it of a caller, so that this match never holds";

/**
 * One of `match` of a VirtualService.
 * @param gateways that the VirtualService is bound to
 * @returns undefined for a match that can never hold here
 */
export function httpMatch(field: Field, gateways: readonly string[]): RequestMatch | undefined {
  const uri = matchOf(field.child("uri"), stringMatch);
  const ignoreCase = field.child("ignoreUriCase");
  const ignoreUriCase = flag(ignoreCase) ?? false;
  if (ignoreUriCase && (uri === undefined || uri.type === "regex" || uri.type === "present")) {
    ignoreCase?.warn("it is for exact and prefix of uri only; of a regex, write (?i) in front");
  }
  field.remark("note", { statPrefix: "metrics carry the route's name; write name for the route instead" });
  const listenerPort = field.child("port");
  listenerPort?.note("held against the port on which shadowdiff listens");
  const match: RequestMatch = {
    name: text(field.child("name")),
    uri,
    ignoreUriCase: ignoreUriCase && (uri?.type === "exact" || uri?.type === "prefix"),
    scheme: matchOf(field.child("scheme"), stringMatch),
    method: matchOf(field.child("method"), stringMatch),
    authority: matchOf(field.child("authority"), lowerCaseMatch),
    headers: headerMatches(field.child("headers")),
    withoutHeaders: headerMatches(field.child("withoutHeaders")),
    queryParams: namedMatches(field.child("queryParams"), false),
    port: port(listenerPort),
  };
  return isKnowable(field, gateways) ? match : undefined;
}

function matchOf(field: Field | undefined, read: (field: Field) => StringMatch): StringMatch | undefined {
  return field && read(field);
}

function headerMatches(field: Field | undefined): RequestMatch["headers"] {
  const special = field?.entries().filter(({ name }) => SPECIAL_KEYS.has(name)) ?? [];
  for (const entry of special) {
    entry.warn(`ignored, as in Istio: "${entry.name}" is no header; write it beside headers`);
  }
  return namedMatches(field, true).filter(({ name }) => !SPECIAL_KEYS.has(name));
}

/** Conditions on the caller, about whom a mesh knows more than a request says. */
function isKnowable(field: Field, bound: readonly string[]): boolean {
  const labels = field.child("sourceLabels")?.skip();
  const namespace = field.child("sourceNamespace")?.skip();
  labels?.warn(NOBODY_KNOWS);
  namespace?.warn(NOBODY_KNOWS);
  const wanted = field.child("gateways");
  const names = texts(wanted);
  const elsewhere = names.length > 0 && !names.some((name) => bound.includes(name));
  if (elsewhere) wanted?.warn(`the VirtualService is bound to ${bound.join(", ")}, so that this match never holds`);
  else if (names.length > 0 && bound.some((name) => !names.includes(name))) {
    wanted?.warn("shadowdiff has one listener and stands for every gateway of the VirtualService: not told apart");
  }
  return labels === undefined && namespace === undefined && !elsewhere;
}
