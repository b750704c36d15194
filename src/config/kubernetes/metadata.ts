import type { Field } from "./document-field.ts";
import { text } from "./scalar-fields.ts";

/** Who a document is. */
export interface Metadata {
  readonly name: string | undefined;
  readonly namespace: string | undefined;
}

/** Labels, annotations and the rest are the cluster's own business. */
export function metadataOf(document: Field): Metadata {
  const field = document.child("metadata");
  const found = { name: text(field?.child("name")), namespace: text(field?.child("namespace")) };
  field?.skip();
  return found;
}
