import { isComplement, type ColumnSplits } from "./conditions/candidate-splits.ts";
import type { StrataIndex } from "./strata-index.ts";
import type { Counts } from "./table-evidence.ts";

/**
 * Records that are a uniform sample of the exchanges with a cause, and of those without it, in stretches of time with some of
 * both.
 */
export interface TestSample {
  /** By record: its row in the tables; the one behind the last table if it is not used. */
  readonly rows: Uint8Array;
  /** Of all used records. */
  readonly counts: Counts;
  readonly cases: number;
  readonly controls: number;
  /** The first record after a change of the share; null without a change. */
  readonly border: number | null;
}

interface Span {
  /** Unix milliseconds; inclusive. */
  readonly startedAt: number;
  /** Unix milliseconds; exclusive. */
  readonly endsAt: number;
}

/** What a record is in a test. */
type Role = typeof CONTROL | typeof CASE | typeof UNUSED;
const CONTROL = 0;
const CASE = 1;
const UNUSED = 2;

/** More stretches than this gain little: what changes over time is the same within each of them. */
const MAX_STRETCHES = 12;
/** A stretch with fewer cases or controls would compare too little. */
const MIN_PER_STRETCH = 8;

/**
 * Draws the records that a cause is tested on. Strata are sampled with different chances, and the cause may be more frequent in
 * one of them for another reason; so of the strata with the cause only records below the smallest of their limits are used, which
 * makes them a uniform sample of all exchanges with it; and the same of those without. Stretches of time with their own tables
 * keep what changes over time, such as the mix of clients, from looking like a reason.
 * @param change the block in which the share of the cause changes: a stretch ends there, and which of its exchanges came before
 *   the change is unknown
 */
export function drawTestSample(
  { strata, records, stratumOf }: StrataIndex,
  hasCause: readonly boolean[],
  change: Span | null,
): TestSample {
  const limits: [number, number] = [1, 1];
  for (const [at, has] of hasCause.entries()) {
    const role = has ? CASE : CONTROL;
    limits[role] = Math.min(limits[role], strata[stratumOf[at] ?? 0]?.limit ?? 1);
  }
  const roles = records.map(({ at, draw }, record): Role => {
    if (change !== null && at >= change.startedAt && at < change.endsAt) return UNUSED;
    const role = hasCause[record] === true ? CASE : CONTROL;
    return draw < limits[role] ? role : UNUSED;
  });
  return inStretches(roles, change === null ? null : records.findIndex(({ at }) => at >= change.endsAt));
}

/** The sample without the records that meet a condition. */
export function sampleWithout({ rows, border, counts }: TestSample, members: Uint32Array): TestSample {
  const roles = Array.from(rows, (row): Role => (row + 1 === counts.length ? UNUSED : row % 2 === 0 ? CONTROL : CASE));
  for (const member of members) roles[member] = UNUSED;
  return inStretches(roles, border);
}

/** @param roles of the records in order of time @param border a record with which a stretch begins */
function inStretches(roles: readonly Role[], border: number | null): TestSample {
  const all = [0, 0, 0];
  for (const role of roles) all[role] = (all[role] ?? 0) + 1;
  const [controls = 0, cases = 0] = all;
  const enough = [enoughOf(controls), enoughOf(cases)] as const;
  const left = [controls, cases];
  const rows = new Uint8Array(roles.length);
  const counts = [0, 0];
  for (const [at, role] of roles.entries()) {
    const [ownControls = 0, ownCases = 0] = counts.slice(-2);
    const isFull = ownControls >= enough[CONTROL] && ownCases >= enough[CASE];
    // The rest of the time belongs to the last stretch unless it fills one more.
    const fillsMore = (left[CONTROL] ?? 0) >= enough[CONTROL] && (left[CASE] ?? 0) >= enough[CASE];
    if (at === border || (isFull && fillsMore)) counts.push(0, 0);
    if (role === UNUSED) continue;
    const row = counts.length - 2 + role;
    rows[at] = row;
    counts[row] = (counts[row] ?? 0) + 1;
    left[role] = (left[role] ?? 0) - 1;
  }
  for (const [at, role] of roles.entries()) if (role === UNUSED) rows[at] = counts.length;
  return { rows, counts: Uint32Array.from([...counts, 0]), cases, controls, border };
}

function enoughOf(all: number): number {
  return Math.max(MIN_PER_STRETCH, Math.ceil(all / MAX_STRETCHES));
}

/** The used records among some. */
export function countRecords({ rows, counts }: TestSample, records: Uint32Array): Counts {
  const counted = new Uint32Array(counts.length);
  for (let at = 0; at < records.length; at++) {
    const row = rows[records[at] ?? 0] ?? 0;
    counted[row] = (counted[row] ?? 0) + 1;
  }
  counted[counts.length - 1] = 0;
  return counted;
}

/** The tables of a condition. */
export interface SplitTables {
  /** All used records that are known to meet it or not. */
  readonly all: Counts;
  /** Those that meet it. */
  readonly met: Counts;
}

/** The tables of conditions with known records. */
export function tablesOf(sample: TestSample, members: Uint32Array, unknown: Uint32Array): SplitTables {
  return { all: withoutUnknown(sample, unknown), met: countRecords(sample, members) };
}

/** The tables of all conditions of one attribute. Sums over the values of the attribute give those of any range of them. */
export function columnTables(sample: TestSample, { column, splits }: ColumnSplits): readonly SplitTables[] {
  const all = withoutUnknown(sample, column.unknown);
  const size = all.length;
  const below = new Uint32Array((column.values.length + 1) * size);
  const { holders, places } = column;
  for (let at = 0; at < holders.length; at++) {
    const cell = ((places[at] ?? 0) + 1) * size + (sample.rows[holders[at] ?? 0] ?? 0);
    below[cell] = (below[cell] ?? 0) + 1;
  }
  for (let cell = size; cell < below.length; cell++) below[cell] = (below[cell] ?? 0) + (below[cell - size] ?? 0);
  return splits.map(({ condition, from, to }) => {
    const isOther = isComplement(condition.test);
    const [low, high] = [from * size, to * size];
    const met = new Uint32Array(size);
    for (let row = 0; row + 1 < size; row++) {
      const having = (below[high + row] ?? 0) - (below[low + row] ?? 0);
      met[row] = isOther ? (all[row] ?? 0) - having : having;
    }
    return { all, met };
  });
}

function withoutUnknown(sample: TestSample, unknown: Uint32Array): Counts {
  if (unknown.length === 0) return sample.counts;
  const uncertain = countRecords(sample, unknown);
  return sample.counts.map((count, row) => count - (uncertain[row] ?? 0));
}
