import type { DifferenceKind, Section } from "../../../src/model/difference.ts";
import type { CauseReport } from "../../../src/model/report.ts";
import { rulePath } from "../../../src/model/rule.ts";
import { sectionGroupOf } from "../../../src/presentation/order/cause-order.ts";
import { EVERY_ENDPOINT } from "../../../src/presentation/rules/rule-presets.ts";
import { formatField, formatNames, kindWords } from "../../../src/presentation/words/difference-words.ts";
import { formatPlural } from "../../../src/presentation/words/number-format.ts";
import type { RuleDraft } from "../data/rule-draft.ts";

export type DecisionKind = "accept" | "deny" | "ignore";

/** A cause as an endpoint shows it. */
interface TargetCause extends Pick<CauseReport, "signature" | "title" | "fields" | "endpoints"> {
  /** Where it was opened; empty if the decision is about all endpoints. */
  readonly endpoint: string;
}

/** A field, or everything below a path; it can only be ignored. */
export interface TargetField {
  readonly endpoint: string;
  readonly section: Section;
  readonly path: string;
  /** Undefined: differences of every kind. */
  readonly kind?: DifferenceKind | undefined;
}

/** The API's limit. */
const MAX_REASON_CHARS = 500;

interface RuleField extends TargetField {
  /** The rule is only for endpoints that show this cause now. */
  readonly cause?: string | undefined;
}

/** What a decision is about. */
export interface DecisionTarget {
  readonly causes: readonly TargetCause[];
  readonly fields: readonly TargetField[];
}

/** Whether a decision about causes of several endpoints is about all of them. */
export type RuleScope = "everywhere" | "here";

/** Whether a cause of the target shows on other endpoints too. */
export function isWide({ causes }: DecisionTarget): boolean {
  return causes.some(({ endpoints }) => endpoints > 1);
}

/** Whether a rule for a cause covers endpoints that do not show it yet: only headers come and go with what serves all of them. */
export function isOfAllEndpoints({ endpoints, fields }: Pick<TargetCause, "endpoints" | "fields">): boolean {
  return endpoints > 1 && fields.every((field) => sectionGroupOf(field) === "headers");
}

/** `3 causes`, `2 causes and 1 field`, `header etag (added)`. */
export function targetText({ causes, fields }: DecisionTarget): string {
  const [cause] = causes;
  const [field] = fields;
  if (causes.length === 1 && fields.length === 0 && cause !== undefined) return cause.title;
  if (causes.length === 0 && fields.length === 1 && field !== undefined) return fieldText(field);
  const parts = [
    ...(causes.length === 0 ? [] : [formatPlural(causes.length, "cause")]),
    ...(fields.length === 0 ? [] : [formatPlural(fields.length, "field")]),
  ];
  return parts.join(" and ");
}

/** `body $.items (order changed)`. */
export function fieldText(field: TargetField): string {
  return `${formatField(field)}${field.kind === undefined ? "" : ` (${kindWords(field.kind)})`}`;
}

/** A neutral reason, which the reader can replace: `excluded: body $.price (changed), body $.total (added)`. */
export function defaultReason({ causes, fields }: DecisionTarget): string {
  const names = formatNames([...causes.map(({ title }) => title), ...fields.map(fieldText)]);
  return `excluded: ${names}`.slice(0, MAX_REASON_CHARS);
}

/**
 * The rules that ignore a target: one for each section of each endpoint, whose paths are those of all fields. A rule is limited to
 * a kind of difference if all fields have it. A status or a body of several endpoints is hidden only where it shows now.
 */
export function ignoreRules({ causes, fields }: DecisionTarget, scope: RuleScope): readonly RuleDraft[] {
  const ofCauses = causes.flatMap((each) => {
    const isWideHere = each.endpoints > 1 && scope === "everywhere";
    const cause = isWideHere && !isOfAllEndpoints(each) ? each.signature : undefined;
    return each.fields.map(({ section, path, kind }): RuleField => {
      return { endpoint: isWideHere ? EVERY_ENDPOINT : each.endpoint, section, path, kind, cause };
    });
  });
  const all: readonly RuleField[] = [...ofCauses, ...fields];
  const groups = Map.groupBy(all, ({ endpoint, section, cause = "" }) => `${section} ${endpoint} ${cause}`);
  return [...groups.values()].flatMap((group): RuleDraft[] => {
    const [first] = group;
    if (first === undefined) return [];
    const hasOneKind = first.kind !== undefined && group.every(({ kind }) => kind === first.kind);
    return [
      {
        endpoint: first.endpoint,
        section: first.section,
        path: rulePath([...new Set(group.map(({ path }) => path))]),
        ...(hasOneKind && { kind: first.kind }),
        action: { type: "ignore" },
        owner: "",
        reason: "",
        expiresAt: null,
        ...(first.cause !== undefined && { cause: first.cause }),
      },
    ];
  });
}
