import { contendersFor, isInstalled, type ContenderPlan } from "./contenders.ts";
import { RATE, SERVICE_RATE } from "./proxy-goals.ts";
import type { ShapeName } from "./shapes.ts";
import type { MachineName } from "./simulated-machine.ts";

/** Requests of one shape through some contenders on one machine. */
export interface Part {
  readonly machine: MachineName;
  readonly shape: ShapeName;
  readonly plans: readonly ContenderPlan[];
  /** Requests per second at which latency is measured as well. */
  readonly rates: readonly number[];
  /** The contenders whose latency is measured; by default all. */
  readonly rated?: readonly string[] | undefined;
  /** It takes part in turns 1, 3, 5 and so on. */
  readonly isEveryOther?: boolean | undefined;
}

const MIRRORS = ["nginx-mirror", "shadowdiff-equal"];
const MIRRORS_HTTPS = ["nginx-mirror-https", "shadowdiff-equal-https"];
const PLAIN = ["shadowdiff", "fastify-http-proxy", "shadowdiff-secondary"];
const SIMPLE = [...MIRRORS, "shadowdiff", "envoy-mirror"];
/** Returns `--suite goals`: everything that has a goal, as briefly as possible. */
export function goalsSuite(): readonly Part[] {
  const parts: readonly (Omit<Part, "plans"> & { readonly names: readonly string[] })[] = [
    {
      machine: "quiet",
      shape: "get-1k",
      names: [...MIRRORS, ...MIRRORS_HTTPS, ...PLAIN, "shadowdiff-differing"],
      rates: [RATE],
      rated: ["direct", ...MIRRORS],
    },
    { machine: "quiet", shape: "post-2k", names: MIRRORS, rates: [] },
    { machine: "hogs", shape: "get-1k", names: [...MIRRORS, ...MIRRORS_HTTPS, ...PLAIN], rates: [] },
    { machine: "hogs", shape: "post-2k", names: MIRRORS, rates: [] },
    { machine: "quiet", shape: "service", names: PLAIN, rates: [SERVICE_RATE], isEveryOther: true },
    { machine: "quiet", shape: "h2-1k", names: SIMPLE, rates: [], isEveryOther: true },
    { machine: "quiet", shape: "grpc", names: SIMPLE, rates: [], isEveryOther: true },
  ];
  return parts.map(({ names, ...part }) => ({ ...part, plans: plansOf(part.shape, names) }));
}

/** Returns the installed contenders with these names; references always take part. */
export function plansOf(shape: ShapeName, names: readonly string[], checkout?: string): readonly ContenderPlan[] {
  const wanted = new Set(names);
  return contendersFor(shape, checkout).filter(
    (plan) => isInstalled(plan) && (plan.isReference === true || wanted.has(plan.name)),
  );
}
