import { memoizePerObject } from "../../lib/memoize.ts";
import type { ParameterShare } from "../../model/difference.ts";
import type { FieldVerdict } from "../../model/report.ts";
import type { OutcomeRow } from "../../store/store.ts";
import { countAgainstParity } from "../judge/parity-counts.ts";

/** Parameters that a cause lists: those that tell most clearly where it shows. */
const MAX_OF_CAUSE = 5;
/** Below it, exchanges with a parameter have the cause about as often as those without it. */
const MIN_CLARITY = 0.1;
/** Parameters that an endpoint lists: all, unless a template has made one endpoint of several. */
const MAX_OF_ENDPOINT = 34;
const NO_SHARES: readonly ParameterShare[] = [];

/** Exchanges by what their query has: all counted ones first. */
interface Columns {
  readonly labels: readonly Pick<ParameterShare, "kind" | "name">[];
  /** By outcome row: pairs of column and count. */
  readonly rows: readonly (readonly number[])[];
}

/**
 * Prepares the outcome rows of an endpoint to divide some of them by query parameter.
 * @returns a function from indexes of rows to shares, clearest first; without those that tell nothing, or nothing more
 */
export function createParameterSplit(
  rows: readonly OutcomeRow[],
): (indexes: readonly number[]) => readonly ParameterShare[] {
  const columns = columnsOf(rows);
  if (columns === null) return () => NO_SHARES;
  const all = sumColumns(columns, rows.keys());
  return (indexes) => {
    const shares = sharesOf(columns, all, sumColumns(columns, indexes));
    const complete = shares.filter(isComplete);
    return (complete.length > 0 ? complete : shares.filter((share) => clarity(share) >= MIN_CLARITY)).slice(
      0,
      MAX_OF_CAUSE,
    );
  };
}

/**
 * How many exchanges of an endpoint count against parity, by query parameter; clearest first. Empty if no request has a parameter.
 * @param verdicts of the fields of this endpoint, by `fieldKey`
 */
export function endpointParameters(
  rows: readonly OutcomeRow[],
  verdicts: ReadonlyMap<string, FieldVerdict>,
): readonly ParameterShare[] {
  const columns = columnsOf(rows);
  if (columns === null) return NO_SHARES;
  const counting = [...rows.keys()].filter(
    (index) => countAgainstParity(rows.slice(index, index + 1), verdicts).counting > 0,
  );
  return sharesOf(columns, sumColumns(columns, rows.keys()), sumColumns(columns, counting)).slice(0, MAX_OF_ENDPOINT);
}

/** @returns null if no request has a parameter */
const columnsOf = memoizePerObject((rows: readonly OutcomeRow[]): Columns | null => {
  const labels: Pick<ParameterShare, "kind" | "name">[] = [
    { kind: "none", name: "" },
    { kind: "other", name: "" },
  ];
  const columns = new Map<string, number>();
  let others = 0;
  const entries = rows.map(({ parameters }) => {
    if (parameters === undefined) return [];
    const own = [0, parameters.counted, 1, parameters.none, 2, parameters.other];
    others += parameters.other;
    for (const [name, count] of parameters.names) {
      const column = columns.get(name) ?? labels.push({ kind: "name", name });
      columns.set(name, column);
      own.push(column, count);
    }
    return own;
  });
  return columns.size === 0 && others === 0 ? null : { labels, rows: entries };
});

function sumColumns({ labels, rows }: Columns, indexes: Iterable<number>): Float64Array {
  const sums = new Float64Array(labels.length + 1);
  for (const index of indexes) {
    const row = rows[index] ?? [];
    for (let at = 0; at < row.length; at += 2) sums[row[at] ?? 0]! += row[at + 1] ?? 0;
  }
  return sums;
}

function sharesOf({ labels }: Columns, all: Float64Array, part: Float64Array): readonly ParameterShare[] {
  const [compared = 0] = all;
  const [count = 0] = part;
  return labels
    .map((label, index): ParameterShare => {
      const [own, ofAll] = [part[index + 1] ?? 0, all[index + 1] ?? 0];
      return { ...label, count: own, compared: ofAll, countWithout: count - own, comparedWithout: compared - ofAll };
    })
    .filter((share) => share.compared > 0)
    .sort(byClarity);
}

/** Of two that tell the same, first the one whose exchanges have the cause. */
function byClarity(one: ParameterShare, other: ParameterShare): number {
  return clarity(other) - clarity(one) || one.countWithout - other.countWithout || other.compared - one.compared;
}

/** All exchanges with the parameter have the cause, and no others: what other parameters show follows from that. */
function isComplete({ kind, count, compared, countWithout, comparedWithout }: ParameterShare): boolean {
  return kind === "name" && count === compared && countWithout === 0 && comparedWithout > 0;
}

/** How well a parameter tells apart exchanges with and without the cause: the absolute phi coefficient, from 0 to 1. */
function clarity({ count, compared, countWithout, comparedWithout }: ParameterShare): number {
  const [rest, restWithout] = [compared - count, comparedWithout - countWithout];
  const margins = compared * comparedWithout * (count + countWithout) * (rest + restWithout);
  return margins === 0 ? 0 : Math.abs(count * restWithout - rest * countWithout) / Math.sqrt(margins);
}
