import type { Accounting } from "../../../../src/model/accounting.ts";
import { formatReasons, sumReasons, type ReasonCounts } from "../../../../src/presentation/verdict/accounting-sums.ts";

type FlowTone = "plain" | "good" | "bad" | "warn" | "soft" | "noise";

/** Requests that reached a stage. */
interface FlowStage {
  readonly name: string;
  readonly count: number;
  readonly x: number;
  readonly y: number;
  readonly height: number;
  readonly tone: FlowTone;
}

/** Requests that left the flow after a stage. */
export interface FlowLoss {
  readonly name: string;
  readonly count: number;
  /** `method 100, loop 3`; empty without reasons. */
  readonly reasons: string;
  readonly tone: FlowTone;
  /** Where the band begins, and how thick it is. */
  readonly x: number;
  readonly y: number;
  readonly height: number;
  /** Of its label, below the flow. */
  readonly labelX: number;
  readonly labelY: number;
}

export interface Flow {
  readonly width: number;
  readonly height: number;
  /** Received, mirrored and compared. */
  readonly stages: readonly FlowStage[];
  /** What became of the compared exchanges. */
  readonly results: readonly (FlowStage & { readonly from: number; readonly labelY: number })[];
  readonly losses: readonly FlowLoss[];
}

export const NODE_WIDTH = 10;
const WIDTH = 640;
const TOP = 26;
const BAND = 96;
const COLUMNS = [0, 165, 330, 495] as const;
const RESULT_GAP = 14;
const LABEL_STEP = 17;
const MIN_LABEL_GAP = 32;
/** So that one request of a million can be seen. */
const MIN_HEIGHT = 1.5;

/**
 * The accounting as a flow from left to right: the thickness of a band is its share of the received requests.
 * @param counting compared exchanges that count against parity
 */
export function flowLayout(accounting: Accounting, counting: number): Flow {
  const { received, mirrored, compared, matched, differed, sampledOut } = accounting;
  const heightOf = (count: number): number =>
    count === 0 ? 0 : Math.max(MIN_HEIGHT, (BAND * count) / Math.max(1, received));
  const stage = (name: string, count: number, column: number): FlowStage => ({
    name,
    count,
    x: COLUMNS[column] ?? 0,
    y: TOP,
    height: heightOf(count),
    tone: "plain",
  });
  const losses = [
    ...lossesAfter(0, heightOf(mirrored), heightOf, [
      { name: "not mirrored", tone: "soft", ...reasonCounts(accounting.notMirrored) },
      { name: "sampled out", tone: "soft", count: sampledOut, reasons: "" },
      { name: "dropped", tone: "bad", ...reasonCounts(accounting.dropped) },
    ]),
    ...lossesAfter(1, heightOf(compared), heightOf, [
      { name: "skipped", tone: "warn", ...reasonCounts(accounting.skipped) },
    ]),
  ];
  const results = resultStages(
    [
      { name: "matched", count: matched, tone: "good" },
      { name: "differ, excused", count: Math.max(0, differed - counting), tone: "noise" },
      { name: "differ and count", count: Math.min(counting, differed), tone: "bad" },
    ],
    heightOf,
  );
  const lowest = losses.reduce((low, { labelY }) => Math.max(low, labelY), TOP + BAND);
  const lowestResult = results.reduce((low, { labelY }) => Math.max(low, labelY + LABEL_STEP), 0);
  return {
    width: WIDTH,
    height: Math.max(lowest, lowestResult) + 8,
    stages: [stage("received", received, 0), stage("mirrored", mirrored, 1), stage("compared", compared, 2)],
    results,
    losses,
  };
}

function reasonCounts(counts: ReasonCounts): Pick<FlowLoss, "count" | "reasons"> {
  return { count: sumReasons(counts), reasons: formatReasons(counts) };
}

type NamedLoss = Pick<FlowLoss, "name" | "count" | "reasons" | "tone">;

/** The losses after a stage, below what goes on. */
function lossesAfter(
  column: number,
  kept: number,
  heightOf: (count: number) => number,
  losses: readonly NamedLoss[],
): readonly FlowLoss[] {
  const x = (COLUMNS[column] ?? 0) + NODE_WIDTH;
  let y = TOP + kept;
  return losses
    .filter(({ count }) => count > 0)
    .map((loss, at) => {
      const height = heightOf(loss.count);
      const placed = { ...loss, x, y, height, labelX: x + 8, labelY: TOP + BAND + 30 + at * LABEL_STEP };
      y += height;
      return placed;
    });
}

/** The results below each other, with gaps, and labels that do not overlap. */
function resultStages(
  results: readonly Pick<FlowStage, "name" | "count" | "tone">[],
  heightOf: (count: number) => number,
): Flow["results"] {
  let [from, y, label] = [TOP, TOP, Number.NEGATIVE_INFINITY];
  return results
    .filter(({ count }) => count > 0)
    .map((result) => {
      const height = heightOf(result.count);
      const labelY = Math.max(y + Math.min(height / 2, 14), label + MIN_LABEL_GAP);
      const placed = { ...result, x: COLUMNS[3], y, height, from, labelY };
      from += height;
      y += height + RESULT_GAP;
      label = labelY;
      return placed;
    });
}
