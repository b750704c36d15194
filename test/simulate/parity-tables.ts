import { parityDelay, parityShares } from "./parity.ts";
import { percent, requests, share, type SimulationOptions, type Table } from "./table.ts";

/** How the gate of 99.9% parity fails and passes. */
export function parityTables({ runs, seed }: SimulationOptions): readonly Table[] {
  return [
    {
      title: `Parity against a gate of 99.9%, ${runs(300)} runs of 20,000 requests, checked every 100 requests`,
      head: [
        "true parity",
        "burst",
        "failed, Wilson",
        "failed, shadowdiff",
        "passed, Wilson",
        "passed, shadowdiff",
        "median requests to the verdict",
      ],
      rows: [
        ...[0.9999, 0.9995, 0.999, 0.998, 0.995, 0.98].map((parity) => ({ parity, burst: 1 })),
        ...[5, 20, 100].map((burst) => ({ parity: 0.999, burst })),
      ].map(({ parity, burst }) => {
        const shares = parityShares({ parity, burst, requests: 20_000 }, runs(300), seed);
        const key = `parity ${parity} burst ${burst}`;
        return [
          percent(parity),
          `${burst}`,
          percent(shares.wilsonFailed),
          share(`${key} failed`, shares.failed),
          percent(shares.wilsonPassed),
          share(`${key} passed`, shares.passed),
          requests(`${key} median`, shares.median),
        ];
      }),
    },
    {
      title: `Parity after 20,000 requests without a difference at 100/s, ${runs(100)} runs: median requests until the gate of 99.9% fails`,
      head: ["differing", "requests"],
      rows: [1, 0.05, 0.01].map((differing) => [
        percent(differing),
        requests(
          `late parity ${differing}`,
          parityDelay({ good: 20_000, differing, requests: 30_000 }, runs(100), seed),
        ),
      ]),
    },
  ];
}
