import type { Target } from "../istio/address-book.ts";
import type { Field } from "../kubernetes/document-field.ts";
import type { Metadata } from "../kubernetes/metadata.ts";
import { port, text } from "../kubernetes/scalar-fields.ts";

/** A reference to a Service, the only kind of backend that has an address here. */
export function backend(field: Field, metadata: Metadata): Target | undefined {
  const name = text(field.child("name"));
  const kindField = field.child("kind");
  const kind = text(kindField) ?? "Service";
  if (kind !== "Service" && kind !== "Hostname")
    kindField?.warn(`${kind} is not known here; taken for a Service of this name`);
  const groupField = field.child("group");
  const group = text(groupField) ?? "";
  if (!["", "core", "networking.istio.io"].includes(group)) groupField?.warn("taken for a Service of the core group");
  const namespace = text(field.child("namespace")) ?? metadata.namespace;
  const number = port(field.child("port"));
  if (name === undefined) field.error("missing: name");
  return name === undefined ? undefined : { host: name, namespace, subset: undefined, port: number };
}
