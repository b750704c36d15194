import type { BreakerPolicy, HostPolicy, MirrorPolicy } from "../../model/routing.ts";
import type { SubsetTarget } from "./address-book.ts";
import { target, type Directory } from "./istio-destinations.ts";
import type { DocumentField } from "../kubernetes/document-field.ts";
import { NO_OPERATIONS } from "./http/istio-headers.ts";
import { percent } from "../kubernetes/scalar-fields.ts";

/** Mirror settings that Istio documents cannot express. */
export interface MirrorSettings {
  readonly methods: ReadonlySet<string>;
  readonly host: HostPolicy;
  /** For routes without a timeout. */
  readonly timeoutMs: number;
  readonly maxInFlight: number;
  readonly maxBufferedBytes: number;
  /** For candidates without outlierDetection. */
  readonly breaker: BreakerPolicy | undefined;
}

const FULL_PERCENT = 100;

/** Reads `mirror` with its percentage, or `mirrors`, of a route of a VirtualService. */
export function mirrors(
  route: Pick<DocumentField, "child">,
  namespace: string | undefined,
  directory: Directory,
  settings: MirrorSettings,
): readonly MirrorPolicy[] {
  const single = route.child("mirror");
  const list = route.child("mirrors");
  const share = singlePercent(route, single !== undefined);
  if (single !== undefined && list !== undefined) list.skip().error("mirror and mirrors are mutually exclusive");
  if (single !== undefined)
    return mirrorTo(single, checkedTarget(single, namespace, directory), share, directory, settings);
  const policies = list?.items().flatMap((item) => {
    const targetField = item.child("destination");
    const own = shareOf(item.child("percentage")) ?? FULL_PERCENT;
    if (targetField === undefined) item.error("missing: destination");
    return targetField === undefined
      ? []
      : mirrorTo(targetField, checkedTarget(targetField, namespace, directory), own, directory, settings);
  });
  return withoutRepeats(policies ?? [], list);
}

function checkedTarget(
  targetField: DocumentField,
  namespace: string | undefined,
  { rules }: Directory,
): SubsetTarget | undefined {
  const found = target(targetField, namespace);
  if (found !== undefined) rules.checkSubset(found, targetField);
  return found;
}

/** Creates the policy of a candidate. @param targetField the field with the target */
export function mirrorTo(
  targetField: DocumentField,
  found: SubsetTarget | undefined,
  share: number,
  { book, rules }: Directory,
  settings: MirrorSettings,
): readonly MirrorPolicy[] {
  if (found === undefined) return [];
  const limits = rules.limitsOf(found);
  return [
    {
      subset: book.subsetAt(found, targetField),
      percent: share,
      sticky: undefined,
      methods: settings.methods,
      timeoutMs: settings.timeoutMs,
      maxInFlight: limits.maxInFlight ?? settings.maxInFlight,
      maxBufferedBytes: settings.maxBufferedBytes,
      host: settings.host,
      requestHeaders: NO_OPERATIONS,
      breaker: limits.breaker ?? settings.breaker,
    },
  ];
}

/** Removes and reports duplicate candidates: counts are stored by their names. */
export function withoutRepeats(
  policies: readonly MirrorPolicy[],
  list: DocumentField | undefined,
): readonly MirrorPolicy[] {
  return policies.filter(({ subset }, index) => {
    const first = policies.findIndex((other) => other.subset === subset) === index;
    if (!first) list?.error(`duplicate mirror to "${subset.name}"; keep one`);
    return first;
  });
}

/** `mirrorPercentage` overrides `mirrorPercent`; the default is 100%. */
function singlePercent(route: Pick<DocumentField, "child">, isMirrored: boolean): number {
  const double = route.child("mirrorPercentage");
  const whole = route.child("mirrorPercent");
  if (!isMirrored) {
    const mirror = "has no effect without a mirror";
    double?.skip().warn(mirror);
    whole?.skip().warn(mirror);
    return FULL_PERCENT;
  }
  const fromDouble = shareOf(double);
  const fromWhole = wholeShareOf(whole);
  if (fromDouble !== undefined && fromWhole !== undefined) whole?.warn("mirrorPercentage overrides it; remove it");
  return fromDouble ?? fromWhole ?? FULL_PERCENT;
}

/** Reads `{ value: 12.5 }`. An empty mapping is 0, as in protobuf. */
function shareOf(field: DocumentField | undefined): number | undefined {
  if (field === undefined) return undefined;
  if (field.isMapping) {
    const value = field.child("value");
    if (value === undefined) field.warn("no value, so nothing is mirrored; write value: 100, or remove the field");
    return percent(value, false) ?? 0;
  }
  const bare = percent(field, false);
  if (bare !== undefined) field.warn(`Istio requires a mapping here; read as value: ${bare}`);
  return bare;
}

function wholeShareOf(field: DocumentField | undefined): number | undefined {
  if (field === undefined) return undefined;
  if (field.isMapping) {
    const value = percent(field.child("value"), false);
    if (value !== undefined) field.warn(`Istio requires a number here; read as ${value}`);
    return value;
  }
  const value = percent(field, false);
  if (value !== undefined && !Number.isInteger(value)) {
    field.warn(`Istio requires a whole number here, and fractions in mirrorPercentage; read as ${value}`);
  }
  return value;
}
