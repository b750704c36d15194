import type { Split } from "./conditions/candidate-splits.ts";
import type { StrataIndex } from "./strata-index.ts";
import type { Table } from "./table-evidence.ts";

/** What a record is in a test. */
const UNUSED = 0;
const CASE = 1;
const CONTROL = 2;

/**
 * Records that are a uniform sample of the exchanges with a cause, and of those without it, in stretches of time with some of
 * both.
 */
export interface TestSample {
  /** By record: `UNUSED`, `CASE` or `CONTROL`. */
  readonly roles: Uint8Array;
  /** The first record after a change of the share; null without a change. */
  readonly border: number | null;
  /** By record: which stretch of time it belongs to. */
  readonly stretches: Uint8Array;
  /** Cases and controls of each stretch. */
  readonly totals: readonly Pick<Table, "cases" | "controls">[];
  readonly cases: number;
  readonly controls: number;
}

interface Span {
  /** Unix milliseconds; inclusive. */
  readonly startedAt: number;
  /** Unix milliseconds; exclusive. */
  readonly endsAt: number;
}

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
  const roles = Uint8Array.from(hasCause, (has) => (has ? CASE : CONTROL));
  const limits = [1, 1, 1];
  for (const [at, role] of roles.entries()) {
    limits[role] = Math.min(limits[role] ?? 1, strata[stratumOf[at] ?? 0]?.limit ?? 1);
  }
  for (const [at, { draw }] of records.entries()) {
    if (draw >= (limits[roles[at] ?? UNUSED] ?? 1)) roles[at] = UNUSED;
  }
  if (change === null) return inStretches(roles, null);
  for (const [at, record] of records.entries()) if (isWithin(record.at, change)) roles[at] = UNUSED;
  return inStretches(
    roles,
    records.findIndex((record) => record.at >= change.endsAt),
  );
}

function isWithin(at: number, { startedAt, endsAt }: Span): boolean {
  return at >= startedAt && at < endsAt;
}

/** The same sample without the records that do not meet a condition. */
export function restrictSample({ roles, border }: TestSample, isKept: (record: number) => boolean): TestSample {
  return inStretches(
    roles.map((role, at) => (isKept(at) ? role : UNUSED)),
    border,
  );
}

/** @param roles of the records in order of time @param border a record with which a stretch begins */
function inStretches(roles: Uint8Array, border: number | null): TestSample {
  const count = (role: number): number => roles.reduce((sum, each) => sum + (each === role ? 1 : 0), 0);
  const [cases, controls] = [count(CASE), count(CONTROL)];
  const [enoughCases, enoughControls] = [enough(cases), enough(controls)];
  const stretches = new Uint8Array(roles.length);
  const totals = [{ cases: 0, controls: 0 }];
  let left = { cases, controls };
  for (const [at, role] of roles.entries()) {
    let last = totals.at(-1) ?? { cases: 0, controls: 0 };
    const isFull = last.cases >= enoughCases && last.controls >= enoughControls;
    // The rest of the time belongs to the last stretch unless it fills one more.
    if (at === border || (isFull && left.cases >= enoughCases && left.controls >= enoughControls)) {
      last = { cases: 0, controls: 0 };
      totals.push(last);
    }
    stretches[at] = totals.length - 1;
    if (role === CASE) {
      last.cases += 1;
      left = { ...left, cases: left.cases - 1 };
    } else if (role === CONTROL) {
      last.controls += 1;
      left = { ...left, controls: left.controls - 1 };
    }
  }
  return { roles, border, stretches, totals, cases, controls };
}

function enough(all: number): number {
  return Math.max(MIN_PER_STRETCH, Math.ceil(all / MAX_STRETCHES));
}

/** The tables of a condition, one for each stretch. Exchanges that may meet it are left out. */
export function tablesOf(
  { roles, stretches, totals }: TestSample,
  { members, unknown }: Pick<Split, "members" | "unknown">,
): readonly Table[] {
  const tables = totals.map(({ cases, controls }): Table => ({ cases, controls, casesWith: 0, controlsWith: 0 }));
  for (const member of members) {
    const table = tables[stretches[member] ?? 0];
    const role = roles[member];
    if (table === undefined) continue;
    if (role === CASE) table.casesWith += 1;
    else if (role === CONTROL) table.controlsWith += 1;
  }
  for (const record of unknown) {
    const table = tables[stretches[record] ?? 0];
    const role = roles[record];
    if (table === undefined) continue;
    if (role === CASE) table.cases -= 1;
    else if (role === CONTROL) table.controls -= 1;
  }
  return tables;
}
