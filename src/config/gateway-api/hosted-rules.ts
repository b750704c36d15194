import { isHost } from "../istio/istio-hosts.ts";
import { type HostedRoutes, routeName } from "../istio/hosted-routes.ts";
import type { DocumentField } from "../kubernetes/document-field.ts";
import type { Metadata } from "../kubernetes/kubernetes-documents.ts";
import { text } from "../kubernetes/scalar-fields.ts";
import { orderByPrecedence, type Ranked, warnUnreachable } from "./ranked-routes.ts";

/**
 * Reads what HTTPRoute and GRPCRoute have in common: `hostnames`, and the names and the order of `rules`.
 * @param readRule receives the name of the rule's routes
 */
export function hostedRules(
  spec: DocumentField,
  metadata: Metadata,
  readRule: (field: DocumentField, name: string) => readonly Ranked[],
): HostedRoutes {
  spec.remark("note", { parentRefs: "shadowdiff has one listener for all routes" });
  spec.remark("warning", { useDefaultGateways: "shadowdiff has one listener for all routes" });
  const rules = spec.child("rules");
  const fields = rules?.items() ?? [];
  if (fields.length === 0) (rules ?? spec).warn("no rules, so it defines no routes");
  const read = fields.flatMap((field, index) => {
    const named = text(field.child("name"));
    return readRule(field, routeName(metadata.name, named ?? (fields.length > 1 ? index + 1 : undefined)));
  });
  const hostsField = spec.child("hostnames");
  const hosts = hostsField?.items().flatMap(hostname) ?? [];
  const routes = orderByPrecedence(read);
  warnUnreachable(fields, read, routes);
  return { hosts: hosts.length === 0 ? ["*"] : hosts, routes, field: hostsField ?? spec };
}

function hostname(field: DocumentField): readonly string[] {
  const host = text(field);
  if (host === undefined) return [];
  if (!isHost(host) || host === "*") {
    field.error(`${JSON.stringify(host)} is not a valid host`, "a name or *.suffix");
    return [];
  }
  field.note(`matches requests with Host ${host}`);
  return [host.toLowerCase()];
}
