import { percent, share, type SimulationOptions, type Table } from "./table.ts";
import { runShares } from "./whole-run.ts";

/** How runs over ten endpoints end. */
export function wholeRunTables({ runs, seed }: SimulationOptions): readonly Table[] {
  return [
    {
      title: `${runs(100)} runs of 10,000 requests over ten endpoints with three noisy fields each, checked every 500 requests`,
      head: ["changed field", "failed", "passed", "placebo failed", "placebo's false-alarm rate"],
      rows: [0, 0.02, 0.1].map((change) => {
        const shares = runShares({ change, requests: 10_000 }, runs(100), seed);
        return [
          percent(change),
          share(`run ${change} failed`, shares.failed),
          share(`run ${change} passed`, shares.passed),
          share(`run ${change} placebo`, shares.placeboFailed),
          percent(shares.falseAlarmRate),
        ];
      }),
    },
  ];
}
