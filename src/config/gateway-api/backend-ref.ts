import type { UpstreamProtocol } from "../../model/routing.ts";
import type { SubsetTarget } from "../istio/address-book.ts";
import type { DocumentField } from "../kubernetes/document-field.ts";
import type { Metadata } from "../kubernetes/kubernetes-documents.ts";
import { port, text } from "../kubernetes/scalar-fields.ts";

/** Reads a reference to a Service, the only supported kind of backend. */
export function backend(
  field: DocumentField,
  metadata: Metadata,
  protocol: UpstreamProtocol | undefined,
): SubsetTarget | undefined {
  const name = text(field.child("name"));
  const kindField = field.child("kind");
  const kind = text(kindField) ?? "Service";
  if (kind !== "Service" && kind !== "Hostname")
    kindField?.warn(`${kind} is unknown; treated as a Service with this name`);
  const groupField = field.child("group");
  const group = text(groupField) ?? "";
  if (!["", "core", "networking.istio.io"].includes(group)) groupField?.warn("treated as a Service of the core group");
  const namespace = text(field.child("namespace")) ?? metadata.namespace;
  const number = port(field.child("port"));
  if (name === undefined) field.error("missing: name");
  return name === undefined ? undefined : { host: name, namespace, subset: undefined, port: number, protocol };
}
