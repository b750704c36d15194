import { diffArrays } from "diff";

/** The names of an element's children in document order, each as often as it occurs. */
export class ElementOrder extends Array<string> {}

/** Up to this number, children that were added and others that were removed are distinguished from moved ones. */
const MAX_EDITS = 100;
/** Names before the first difference that are shown. */
const SHOWN_BEFORE = 2;

/**
 * Whether two orders differ only by additional children of either side. These differ in the lists of children too, so one
 * added element is one difference.
 */
export function differOnlyInCounts(left: ElementOrder, right: ElementOrder): boolean {
  if (isSubsequence(left, right) || isSubsequence(right, left)) return true;
  const surplus = new Map<string, number>();
  for (const name of left) surplus.set(name, (surplus.get(name) ?? 0) + 1);
  for (const name of right) surplus.set(name, (surplus.get(name) ?? 0) - 1);
  const edits = surplus.values().reduce((total, count) => total + Math.abs(count), 0);
  return edits > 0 && edits <= MAX_EDITS && diffArrays(left, right, { maxEditLength: edits }) !== undefined;
}

function isSubsequence(shorter: ElementOrder, longer: ElementOrder): boolean {
  if (shorter.length > longer.length) return false;
  let at = 0;
  for (let other = 0; other < longer.length; other += 1) if (longer[other] === shorter[at]) at += 1;
  return at === shorter.length;
}

/** Both orders from shortly before their first difference, such as `… h2 p h2`. */
export function renderOrders(left: ElementOrder, right: ElementOrder): readonly [string, string] {
  let start = 0;
  while (start < left.length && left[start] === right[start]) start += 1;
  const from = Math.max(0, start - SHOWN_BEFORE);
  const render = (order: ElementOrder): string => `${from > 0 ? "… " : ""}${order.slice(from).join(" ")}`;
  return [render(left), render(right)];
}
