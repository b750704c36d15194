import type { Review } from "../../model/review.ts";
import type { Rule } from "../../model/rule.ts";
import type { Run } from "../../model/run.ts";

/** What a person can write endpoints and patterns in. */
export interface WrittenByPeople {
  /** Those that go on. */
  readonly runs: Iterable<Pick<Run, "gate" | "rules">>;
  readonly rules: readonly Rule[];
  readonly reviews: readonly Review[];
}

/** The endpoints and patterns in rules, reviews and thresholds: what they spell out becomes no parameter of a template. */
export function writtenEndpoints({ runs, rules, reviews }: WrittenByPeople): readonly string[] {
  const active = [...runs];
  const gates = active.flatMap(({ gate }) => [...gate.coverage, ...gate.endpoints.map(({ endpoint }) => endpoint)]);
  const all = [...active.flatMap((run) => run.rules), ...rules];
  // A review of many endpoints, such as those of slugs, would keep all of them apart for ever.
  const reviewed = reviews.flatMap(({ endpoints }) => (endpoints.length === 1 ? endpoints : []));
  return [...gates, ...all.map(({ endpoint }) => endpoint), ...reviewed];
}
