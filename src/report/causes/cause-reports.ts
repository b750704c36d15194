import type { DifferenceKind } from "../../model/difference.ts";
import type { CauseReport, FieldReport, FieldVerdict } from "../../model/report.ts";
import { byImportance } from "../../presentation/order/cause-order.ts";
import { NO_RESPONSE } from "../../presentation/words/difference-words.ts";
import { failureList } from "../../presentation/words/failure-words.ts";
import type { JudgedField } from "../judge/field-verdicts.ts";
import type { DecidedCause } from "./run-causes.ts";

/**
 * The causes of an endpoint as a report lists them, most important first.
 * @param fields of the endpoint, by `fieldKey`
 * @param rules the rule that hides a field, by `fieldKey`
 * @param compared exchanges of the endpoint
 */
export function causeReports(
  causes: readonly DecidedCause[],
  fields: ReadonlyMap<string, JudgedField>,
  rules: ReadonlyMap<string, string>,
  compared: number,
): readonly CauseReport[] {
  return causes
    .map(({ keys, ...cause }): CauseReport => {
      const own = keys.flatMap((key) => fields.get(key) ?? []);
      const verdict = mostSevere(own.map((field) => field.verdict));
      const since = own[0]?.since ?? null;
      return {
        ...cause,
        title: titleOf(cause, own),
        verdict,
        since,
        rule: rules.get(keys[0] ?? "") ?? null,
        explanation: null,
        rank: causeRank(own, compared),
      };
    })
    .sort(byImportance);
}

/** A response that is missing is named by the reason: `connection refused at http://127.0.0.1:9002`. */
function titleOf({ title }: Pick<CauseReport, "title">, fields: readonly JudgedField[]): string {
  const failures = fields.flatMap((field) => field.failures ?? []);
  return failures.length === 0 ? title : title.replace(NO_RESPONSE, () => failureList(failures));
}

/** How much harm a kind of difference does: what breaks clients outweighs what they may not notice. */
const HARM: Readonly<Record<DifferenceKind, number>> = {
  transport: 10,
  status: 8,
  contract: 7,
  parse: 6,
  missing: 5,
  type: 5,
  value: 3,
  truncated: 3,
  extra: 2,
  order: 2,
  encoding: 2,
  "protocol-quirk": 2,
  header: 1,
};

const CERTAINTY: Readonly<Record<FieldVerdict, number>> = { real: 1, likely: 0.5, noise: 0 };

/** Harm × certainty × exchanges in which the candidate differs beyond noise: the largest product of the cause's fields. */
function causeRank(
  fields: readonly Pick<FieldReport, "kind" | "count" | "excess" | "verdict">[],
  compared: number,
): number {
  const ranks = fields.map(({ kind, count, excess, verdict }) => {
    const beyondNoise = excess === null ? count : Math.max(0, excess) * compared;
    return HARM[kind] * CERTAINTY[verdict] * beyondNoise;
  });
  return Math.max(0, ...ranks);
}

function mostSevere(verdicts: readonly FieldVerdict[]): FieldVerdict {
  if (verdicts.includes("real")) return "real";
  return verdicts.includes("likely") ? "likely" : "noise";
}
