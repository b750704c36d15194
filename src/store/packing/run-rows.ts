import type { Rule } from "../../model/rule.ts";
import type { Gate, Run } from "../../model/run.ts";

/** Runs of earlier versions were judged without these thresholds. */
const ADDED_THRESHOLDS = { minSuccess: 0, minEndpoints: 0 } as const satisfies Partial<Gate>;

type RunJson = "candidates" | "gate" | "labels" | "rules";

/** A run with its lists and objects as JSON. */
export type RunRow = Omit<Run, RunJson> & Readonly<Record<RunJson, string>>;

export function encodeRun({ candidates, gate, labels, rules, ...run }: Run): RunRow {
  return {
    ...run,
    labels: JSON.stringify(labels),
    candidates: JSON.stringify(candidates),
    gate: JSON.stringify(gate),
    rules: JSON.stringify(rules),
  };
}

export function decodeRun({ candidates, gate, labels, rules, ...run }: RunRow): Run {
  const stored = JSON.parse(gate) as Gate;
  return {
    ...run,
    labels: JSON.parse(labels) as Run["labels"],
    candidates: JSON.parse(candidates) as string[],
    // In the order of the run that began, so that the reports of all replicas have the same bytes.
    gate: { ...stored, ...ADDED_THRESHOLDS, ...stored },
    rules: JSON.parse(rules) as Rule[],
  };
}
