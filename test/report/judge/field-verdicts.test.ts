import { describe, expect, it } from "vitest";
import type { FieldVerdict } from "../../../src/model/report.ts";
import type { OutcomeRow } from "../../../src/store/store.ts";
import { countFields, pairingOf } from "../../../src/report/judge/field-counts.ts";
import { fieldEvidences } from "../../../src/report/judge/field-evidence.ts";
import {
  diffyNumbers,
  judgeFields,
  realFieldBar,
  reportFields,
  type FieldEvidences,
} from "../../../src/report/judge/field-verdicts.ts";
import { logMajorityEvidence } from "../../../src/report/statistics/e-values.ts";
import { outcome } from "../memory-reader.ts";

/** `body $.price value` → verdict */
function verdictsOf(rows: readonly OutcomeRow[]): Record<string, FieldVerdict> {
  const fields = countFields(rows);
  const noiseCompared = rows.reduce((sum, { paired, count }) => (paired ? sum + count : sum), 0);
  const evidences = fieldEvidences(rows, []);
  const verdicts = judgeFields(fields, evidences, pairingOf(rows), realFieldBar([evidences]));
  const seen = { compared: rows.reduce((sum, { count }) => sum + count, 0), noiseCompared };
  return Object.fromEntries(
    [...reportFields(fields, evidences, verdicts, seen).values()].map(({ section, path, kind, verdict }) => [
      `${section} ${path} ${kind}`,
      verdict,
    ]),
  );
}

const NO_EVIDENCES: FieldEvidences = new Map();
const UNPAIRED = { paired: false };
const VALUE = "body $.x value";

describe("countFields", () => {
  it("counts McNemar's table of pairs, and raw differences outside of pairs separately", () => {
    const rows = [
      outcome(5, [`${VALUE} raw`]),
      outcome(3, [`${VALUE} noise`, "header etag header raw"]),
      outcome(40, [`${VALUE} both`]),
      outcome(100, [`${VALUE} raw`], UNPAIRED),
      outcome(900, []),
    ];
    expect([...countFields(rows).values()]).toEqual([
      {
        section: "body",
        path: "$.x",
        kind: "value",
        raw: 145,
        noise: 43,
        both: 40,
        rawOnlyInPairs: 5,
        noiseOnlyInPairs: 3,
      },
      {
        section: "header",
        path: "etag",
        kind: "header",
        raw: 3,
        noise: 0,
        both: 0,
        rawOnlyInPairs: 3,
        noiseOnlyInPairs: 0,
      },
    ]);
  });
});

describe("judgeFields", () => {
  it("neither excuses nor proves another value without pairs", () => {
    expect(verdictsOf([outcome(1, [`${VALUE} raw`], UNPAIRED), outcome(99, [], UNPAIRED)])).toEqual({
      [VALUE]: "likely",
    });
  });

  it("calls a difference likely until the evidence is 20 to 1, and real from then on", () => {
    expect(verdictsOf([outcome(5, [`${VALUE} raw`]), outcome(9, [])])).toEqual({ [VALUE]: "likely" }); // E = 15.6
    expect(verdictsOf([outcome(6, [`${VALUE} raw`]), outcome(9, [])])).toEqual({ [VALUE]: "real" }); // E = 28.8
  });

  it("does not count differences outside of pairs as evidence, and does not excuse them", () => {
    expect(verdictsOf([outcome(500, [`${VALUE} raw`], UNPAIRED), outcome(10, [])])).toEqual({ [VALUE]: "likely" });
  });

  it("calls a field noise if the secondary differs too, even for differences outside of pairs", () => {
    const rows = [outcome(20, [`${VALUE} both`]), outcome(980, [`${VALUE} raw`], UNPAIRED)];
    expect(verdictsOf(rows)).toEqual({ [VALUE]: "noise" });
  });

  it("calls a field noise if only the secondary differs", () => {
    expect(verdictsOf([outcome(50, [`${VALUE} noise`]), outcome(50, [])])).toEqual({ [VALUE]: "noise" });
  });

  it("calls a noisy field real if the candidate differs clearly more often", () => {
    expect(verdictsOf([outcome(9, [`${VALUE} raw`]), outcome(1, [`${VALUE} noise`])])).toEqual({ [VALUE]: "noise" }); // E = 18.9
    expect(verdictsOf([outcome(10, [`${VALUE} raw`]), outcome(1, [`${VALUE} noise`])])).toEqual({ [VALUE]: "real" }); // E = 32.7
  });

  it("does not call a field real in which the secondary differs more often", () => {
    expect(verdictsOf([outcome(1, [`${VALUE} raw`]), outcome(40, [`${VALUE} noise`])])).toEqual({ [VALUE]: "noise" });
  });

  it("does not excuse a candidate that drops a noisy value or changes its type", () => {
    const dropped = [outcome(100, ["body $.now missing raw", "body $.now value noise"])];
    expect(verdictsOf(dropped)).toEqual({ "body $.now missing": "real", "body $.now value": "noise" });
    const once = [
      outcome(100, ["body $.now value both"]),
      outcome(1, ["body $.now type raw", "body $.now value noise"]),
    ];
    expect(verdictsOf(once)).toEqual({ "body $.now type": "likely", "body $.now value": "noise" });
  });

  it("lets missing and extra excuse each other, because an optional field shows as either", () => {
    const rows = [outcome(3, ["body $.tip missing raw"]), outcome(2, ["body $.tip extra noise"]), outcome(95, [])];
    expect(verdictsOf(rows)).toEqual({ "body $.tip missing": "noise", "body $.tip extra": "noise" });
  });

  it("finds a candidate that always lacks a field that the primary has half of the time", () => {
    // Primary and secondary have it or not, independently: four equally frequent cases.
    const rows = [
      outcome(25, ["body $.tip missing raw"]), // both have it
      outcome(25, ["body $.tip missing both"]), // only the primary
      outcome(25, ["body $.tip extra noise"]), // only the secondary
      outcome(25, []), // neither
    ];
    expect(verdictsOf(rows)).toEqual({ "body $.tip missing": "real", "body $.tip extra": "noise" });
  });

  it("does not let one pair of status codes excuse another, except server errors", () => {
    const noisy = outcome(50, ["status 200->304 status noise", "status 200->503 status noise"]);
    const rows = [noisy, outcome(50, ["status 200->404 status raw"]), outcome(3, ["status 200->502 status raw"])];
    expect(verdictsOf([outcome(1_000, []), ...rows])).toEqual({
      "status 200->304 status": "noise",
      "status 200->503 status": "noise",
      "status 200->404 status": "real",
      "status 200->502 status": "noise",
    });
  });

  it("calls a deviation from HTTP noise if the secondary deviates as often", () => {
    const both = ["transport $ protocol-quirk both"];
    expect(verdictsOf([outcome(500, both), outcome(500, [])])).toEqual({ "transport $ protocol-quirk": "noise" });
  });

  it("never calls a transport failure noise", () => {
    expect(verdictsOf([outcome(1, ["transport $ transport raw"]), outcome(999, [])])).toEqual({
      "transport $ transport": "real",
    });
  });
});

const field = (path: string, raw: number, noise: number): OutcomeRow[] => [
  outcome(raw, [`body $.${path} value raw`]),
  outcome(noise, [`body $.${path} value noise`]),
];

const barOf = (...rows: readonly OutcomeRow[]): number => Math.exp(realFieldBar([fieldEvidences(rows, [])]));

describe("realFieldBar", () => {
  it("grows with the fields that have discordant pairs, and falls with those that have evidence", () => {
    const [real, noisy] = [field("real", 7, 0), ["a", "b", "c"].flatMap((path) => field(path, 5, 5))];
    expect(barOf(...real)).toBeCloseTo(20, 9); // E = 53.5
    expect(barOf(...real, ...noisy)).toBe(Infinity); // of four fields one needs 80
    expect(barOf(...field("real", 8, 0), ...noisy)).toBeCloseTo(80, 9); // E = 100.5
    expect(barOf(...real, ...field("other", 7, 0), ...noisy.slice(0, 4))).toBeCloseTo(40, 9); // two of four need 40
  });

  it("ignores fields without discordant pairs and evidence for a noisier secondary", () => {
    const always = outcome(500, ["body $.a value both", "body $.b value both", "header etag header both"]);
    const real = outcome(7, ["body $.real value raw"]);
    expect(Math.exp(realFieldBar([fieldEvidences([always, real], [])]))).toBeCloseTo(20, 9);
    const noisier = outcome(90, ["body $.a value noise"]);
    expect(realFieldBar([fieldEvidences([noisier], [])])).toBe(Infinity);
  });
});

describe("reportFields", () => {
  it("has evidence, excess over noise and Diffy's numbers from the pairs", () => {
    const rows = [
      outcome(30, [`${VALUE} raw`]),
      outcome(10, [`${VALUE} noise`]),
      outcome(60, [`${VALUE} both`]),
      outcome(900, []),
      outcome(500, [`${VALUE} raw`], UNPAIRED),
    ];
    const fields = countFields(rows);
    const evidences = fieldEvidences(rows, []);
    const verdicts = judgeFields(fields, evidences, pairingOf(rows), realFieldBar([evidences]));
    const [field] = reportFields(fields, evidences, verdicts, { compared: 1500, noiseCompared: 1000 }).values();
    expect(field).toEqual({
      section: "body",
      path: "$.x",
      kind: "value",
      count: 590,
      noise: 70,
      both: 60,
      evidence: expect.closeTo(logMajorityEvidence(30, 10), 12),
      inflation: 1,
      since: null,
      mayHide: null,
      excess: 0.02,
      verdict: "real",
      diffy: { relative: (20 / 160) * 100, absolute: 2, flagged: false },
      features: [],
    });
  });

  it("has no excess without pairs", () => {
    const fields = countFields([outcome(1, [`${VALUE} raw`], UNPAIRED)]);
    const verdicts = judgeFields(fields, NO_EVIDENCES, { any: false, body: false }, Infinity);
    const [field] = reportFields(fields, NO_EVIDENCES, verdicts, { compared: 100, noiseCompared: 0 }).values();
    expect(field).toMatchObject({
      evidence: 0,
      excess: null,
      verdict: "likely",
      diffy: { relative: 100, absolute: 1, flagged: true },
    });
  });

  it("lists fields by severity, then by frequency", () => {
    const rows = [
      outcome(9, ["body $.b value raw", "body $.a value raw"]),
      outcome(30, ["body $.real value raw"]),
      outcome(2, ["body $.rare value raw"]),
      outcome(80, ["body $.noise value both"]),
    ];
    expect(Object.entries(verdictsOf(rows))).toEqual([
      ["body $.real value", "real"],
      ["body $.a value", "real"],
      ["body $.b value", "real"],
      ["body $.rare value", "likely"],
      ["body $.noise value", "noise"],
    ]);
  });
});

describe("a secondary that fails now and then", () => {
  const STATUS = "status $ status";
  const complete = outcome(1_950, [`${VALUE} both`]);

  it("is no evidence about a body that it does not show: a volatile field stays noise", () => {
    const failed = outcome(50, [`${STATUS} noise`, `${VALUE} raw`]);
    expect(verdictsOf([complete, failed])).toEqual({ [STATUS]: "noise", [VALUE]: "noise" });
  });

  it("is no evidence for the candidate if only the secondary could show the field", () => {
    const flipped = outcome(60, [`${STATUS} raw`, `${VALUE} noise`]);
    const fields = countFields([complete, flipped]);
    expect(fields.get("body\n$.x\nvalue")).toMatchObject({ noise: 2_010, noiseOnlyInPairs: 0 });
  });

  it("excuses nothing if it never shows a body", () => {
    expect(verdictsOf([outcome(100, [`${STATUS} noise`, `${VALUE} raw`])])).toEqual({
      [STATUS]: "noise",
      [VALUE]: "likely",
    });
  });
});

describe("diffyNumbers", () => {
  it.each([
    [
      "one request with one difference is a difference for Diffy",
      1,
      0,
      1,
      { relative: 100, absolute: 100, flagged: true },
    ],
    ["relative exactly 20% is not", 3, 2, 100, { relative: 20, absolute: 1, flagged: false }],
    ["relative above 20% is", 31, 20, 10_000, { relative: (11 / 51) * 100, absolute: 0.11, flagged: true }],
    ["absolute exactly 0.03% is not", 3, 0, 10_000, { relative: 100, absolute: 0.03, flagged: false }],
    ["less than the noise is not", 2, 40, 100, { relative: (38 / 42) * 100, absolute: 38, flagged: false }],
    ["no request is no difference", 0, 0, 0, { relative: 0, absolute: 0, flagged: false }],
  ])("%s", (_, raw, noise, total, numbers) => {
    expect(diffyNumbers(raw, noise, total)).toEqual(numbers);
  });
});
