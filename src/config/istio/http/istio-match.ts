import type { RequestMatch, StringMatch } from "../../../model/routing.ts";
import type { DocumentField } from "../../kubernetes/document-field.ts";
import { flag, port, text, texts } from "../../kubernetes/scalar-fields.ts";
import { lowerCaseMatch, namedMatches, stringMatch } from "./istio-string-match.ts";

/** The reserved gateway name for the sidecars of a mesh. */
export const MESH = "mesh";

const SPECIAL_KEYS = new Set(["uri", "scheme", "method", "authority"]);
const NOBODY_KNOWS = "outside a mesh the caller is unknown, so this match never matches";

/**
 * Reads an item of `match` of a VirtualService.
 * @param gateways the gateways of the VirtualService
 * @returns undefined if it can never match outside a mesh
 */
export function httpMatch(field: DocumentField, gateways: readonly string[]): RequestMatch | undefined {
  const uri = matchOf(field.child("uri"), stringMatch);
  const ignoreCase = field.child("ignoreUriCase");
  const ignoreUriCase = flag(ignoreCase) ?? false;
  if (ignoreUriCase && (uri === undefined || uri.type === "regex" || uri.type === "present")) {
    ignoreCase?.warn("only applies to exact and prefix of uri; start a regex with (?i)");
  }
  field.remark("note", { statPrefix: "metrics use the route's name; set the name of the route instead" });
  const listenerPort = field.child("port");
  listenerPort?.note("compared with the port of shadowdiff's listener");
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

function matchOf(
  field: DocumentField | undefined,
  read: (field: DocumentField) => StringMatch,
): StringMatch | undefined {
  return field && read(field);
}

function headerMatches(field: DocumentField | undefined): RequestMatch["headers"] {
  const special = field?.entries().filter(({ name }) => SPECIAL_KEYS.has(name)) ?? [];
  for (const entry of special) {
    entry.warn(`ignored, as in Istio: "${entry.name}" is not a header; write it next to headers`);
  }
  return namedMatches(field, true).filter(({ name }) => !SPECIAL_KEYS.has(name));
}

/** Whether the conditions on the caller can be evaluated. A mesh knows more about the caller than the request says. */
function isKnowable(field: DocumentField, bound: readonly string[]): boolean {
  const labels = field.child("sourceLabels")?.skip();
  const namespace = field.child("sourceNamespace")?.skip();
  labels?.warn(NOBODY_KNOWS);
  namespace?.warn(NOBODY_KNOWS);
  const wanted = field.child("gateways");
  const names = texts(wanted);
  const elsewhere = names.length > 0 && !names.some((name) => bound.includes(name));
  if (elsewhere) wanted?.warn(`the VirtualService is bound to ${bound.join(", ")}, so this match never matches`);
  else if (names.length > 0 && bound.some((name) => !names.includes(name))) {
    wanted?.warn("shadowdiff has one listener for all gateways of the VirtualService, so this condition is ignored");
  }
  return labels === undefined && namespace === undefined && !elsewhere;
}
