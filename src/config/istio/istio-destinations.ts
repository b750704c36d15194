import type { Destination } from "../../model/routing.ts";
import { ISTIO_MAX_WEIGHT } from "../defaults.ts";
import type { AddressBook, SubsetTarget } from "./address-book.ts";
import type { DocumentField } from "../kubernetes/document-field.ts";
import { headerChanges } from "./http/istio-headers.ts";
import { isHost } from "./istio-hosts.ts";
import { number, port, text } from "../kubernetes/scalar-fields.ts";
import type { SubsetsByHost } from "./destination-rule.ts";
import { formatShare } from "../../presentation/words/number-format.ts";

const FULL_PERCENT = 100;

/** Resolves and checks targets. */
export interface Directory {
  readonly book: AddressBook;
  readonly rules: SubsetsByHost;
}

/** Reads `destination` or `mirror`. `name` is the spelling of `host` in the first v1alpha3. */
export function target(field: DocumentField, namespace: string | undefined): SubsetTarget | undefined {
  const host = field.child("host");
  if (!field.isMapping) return undefined;
  const name = field.child("name");
  if (host !== undefined && name !== undefined) field.error("host and name are the same field; keep host");
  else name?.warn("a deprecated spelling; write host");
  const written = text(host ?? name);
  const portField = field.child("port");
  portField?.remark("warning", { name: "port names are not supported; write number" });
  const rest = { namespace, subset: text(field.child("subset")), port: port(portField?.child("number")) };
  if (written === undefined) field.error("missing: host");
  else if (isHost(written) && !written.includes("*")) return { host: written, ...rest };
  else (host ?? name)?.error(`${JSON.stringify(written)} is not a valid host`);
  return undefined;
}

/** Reads `route` of a VirtualService, the weighted destinations. */
export function destinations(
  field: DocumentField,
  namespace: string | undefined,
  directory: Directory,
): readonly Destination[] {
  const all = field.items().flatMap((item) => {
    const targetField = item.child("destination");
    if (targetField === undefined) reportNoDestination(item);
    const weight = number(item.child("weight"), { min: 0, max: ISTIO_MAX_WEIGHT });
    const found = targetField && target(targetField, namespace);
    if (targetField === undefined || found === undefined) return [];
    return [{ item, targetField, target: found, weight }];
  });
  const weights = all.map(({ weight }) => weight);
  if (!checkWeights(field, weights)) return [];
  // A destination with weight 0 receives no requests, so it does not need an address.
  const chosen = all.length === 1 ? all : all.filter(({ weight }) => (weight ?? 0) > 0);
  return chosen.map(({ item, targetField, target: found, weight }) => {
    const changes = headerChanges(item);
    if (changes.authority !== undefined) {
      item.warn("Host can only be changed for a whole route; ignored, write rewrite.authority there");
    }
    directory.rules.checkSubset(found, targetField);
    return {
      subset: directory.book.subsetAt(found, targetField),
      weight: all.length === 1 ? FULL_PERCENT : (weight ?? 0),
      requestHeaders: changes.request,
      responseHeaders: changes.response,
    };
  });
}

/** Reports a missing destination. The usual cause is too little indentation. */
function reportNoDestination(item: DocumentField): void {
  const misplaced = ["host", "subset", "port"].filter((name) => item.child(name)?.skip() !== undefined);
  if (misplaced.length === 0) return item.error("missing: destination");
  const subject = `${misplaced.join(" and ")} ${misplaced.length === 1 ? "belongs" : "belong"}`;
  item.error(`${subject} below destination; indent it further`);
}

/** Reports unusual weights at the list. @returns whether any destination receives requests */
export function checkWeights(field: DocumentField, weights: readonly (number | undefined)[]): boolean {
  const sum = weights.reduce<number>((total, weight) => total + (weight ?? 0), 0);
  const [only] = weights;
  if (weights.length === 1) {
    if (only !== undefined && only !== FULL_PERCENT) {
      field.warn(`the only destination receives all requests, not ${only}%; write weight: 100, or remove it`);
    }
    return true;
  }
  if (weights.length > 1 && sum === 0) {
    field.error("all weights are 0; at least one must be greater");
    return false;
  }
  if (weights.length > 1 && sum !== FULL_PERCENT) {
    const shares = weights.map((weight) => formatShare((weight ?? 0) / sum)).join(", ");
    field.warn(`the weights add up to ${sum}, not 100; the shares are ${shares}`);
  }
  return weights.length > 0;
}
