import type { AttributeRecord } from "../../model/explain/attribute.ts";
import type { ConditionCount, ExplanationTime } from "../../model/explain/explanation.ts";
import type { Mark } from "../../model/explain/mark.ts";
import { changeSentence } from "../../presentation/words/explanation-words.ts";
import type { CauseBlock, ChangePoint } from "./change-point.ts";

/** A change is named after a mark that comes at most so long before it. */
const NEAR_MS = 10 * 60_000;

export interface TimeInput {
  readonly change: ChangePoint | null;
  readonly blocks: readonly CauseBlock[];
  readonly marks: readonly Mark[];
  /** In order of time. */
  readonly records: readonly AttributeRecord[];
  /** By record. */
  readonly hasCause: readonly boolean[];
}

/** When a cause began or changed. */
export function explainTime(input: TimeInput): ExplanationTime {
  const { change, blocks, marks, records, hasCause } = input;
  const first = blocks.find(({ count }) => count > 0);
  const firstKept = records.find((_, at) => hasCause[at] === true)?.at ?? null;
  // The first kept exchange with the cause may not be the first one, but it is not later than the block.
  const isDated = firstKept !== null && (first === undefined || firstKept < first.endsAt);
  const firstAt = isDated ? firstKept : (first?.startedAt ?? null);
  if (change === null) return { firstAt, change: null, marks, sentence: null };
  const { latest, ...moment } = dateChange(change, input);
  const mark = markBefore(latest, change.block, marks);
  const dated = { ...moment, at: Math.max(moment.at, mark?.at ?? 0), mark };
  const rangeMs = (blocks.at(-1)?.endsAt ?? 0) - (blocks[0]?.startedAt ?? 0);
  return { firstAt, change: dated, marks, sentence: changeSentence(dated, rangeMs) };
}

interface DatedChange {
  readonly at: number;
  readonly before: ConditionCount;
  readonly after: ConditionCount;
  /** It cannot have been later. */
  readonly latest: number;
}

/** A change happens within a block. If all exchanges have the cause from then on, their number says where in the block. */
function dateChange({ block, before, after }: ChangePoint, { blocks, records, hasCause }: TimeInput): DatedChange {
  const { startedAt, endsAt } = block;
  if (before.count > 0) return { at: startedAt, before, after, latest: endsAt };
  const within = records.flatMap(({ at }, index) =>
    at >= startedAt && at < endsAt ? [{ at, has: hasCause[index] }] : [],
  );
  const first = within.find(({ has }) => has === true)?.at ?? endsAt;
  const isMixed = within.some(({ at, has }) => has !== true && at > first);
  const isAllLater = blocks.every((each) => each.startedAt <= startedAt || each.count === each.compared);
  if (isMixed || !isAllLater) return { at: Math.min(first, endsAt), before, after, latest: first };
  const still = block.compared - block.count;
  return {
    at: Math.min(first, Math.round(startedAt + ((endsAt - startedAt) * still) / block.compared)),
    before: { count: 0, compared: before.compared + still },
    after: { count: after.count, compared: after.compared - still },
    latest: first,
  };
}

/** The latest mark that comes shortly before a change, or as long before as the change is uncertain. */
function markBefore(latest: number, { startedAt, endsAt }: CauseBlock, marks: readonly Mark[]): Mark | null {
  const earliest = startedAt - Math.max(NEAR_MS, endsAt - startedAt);
  return marks.findLast((mark) => mark.at <= latest && mark.at >= earliest) ?? null;
}
