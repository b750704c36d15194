import { describe, expect, it } from "vitest";
import type { Report } from "../../src/model/report.ts";
import { outcome, reportOf, type Rows } from "./memory-reader.ts";

/** Exchanges whose maps have other keys in each response, counted by key. */
function counted(exchanges: number, marks: (at: number) => readonly string[]): Rows["outcomes"] & object {
  return Array.from({ length: exchanges }, (_, at) => outcome(1, marks(at)));
}

function fieldsOf(report: Report): string[] {
  return report.endpoints.flatMap(({ differences }) =>
    differences.map(({ path, kind, count, noise, verdict }) => `${path} ${kind} ${count} ${noise} ${verdict}`),
  );
}

const EARLY = (at: number): string[] => [
  `body $.m.p${at} missing both`,
  `body $.m.c${at} extra raw`,
  `body $.m.s${at} extra noise`,
];

describe("maps that were counted by key", () => {
  it("become one field, whose noise excuses the keys of the candidate", async () => {
    const report = await reportOf({ outcomes: [...counted(12, EARLY), outcome(5_000, [])] });
    expect(fieldsOf(report)).toEqual(["$.m{*} extra 12 12 noise", "$.m{*} missing 12 12 noise"]);
    expect(report.verdict).toBe("pass");
  });

  it("join the field that a compare thread counted after it had learned the map", async () => {
    const learned = outcome(900, ["body $.m{*} extra both", "body $.m{*} missing both"]);
    const report = await reportOf({ outcomes: [...counted(3, EARLY), learned] });
    expect(fieldsOf(report)).toEqual(["$.m{*} extra 903 903 noise", "$.m{*} missing 903 903 noise"]);
  });

  it("keep a member that many responses lack, and a change that the secondary does not show", async () => {
    const outcomes = [
      ...counted(12, (at) => [...EARLY(at), "body $.m.total missing raw", "body $.name value raw"]),
      outcome(300, ["body $.m.total missing raw"]),
      outcome(900, []),
    ];
    expect(fieldsOf(await reportOf({ outcomes }))).toEqual([
      "$.m.total missing 312 0 real",
      "$.name value 12 0 real",
      "$.m{*} extra 12 12 noise",
      "$.m{*} missing 12 12 noise",
    ]);
  });

  it("stay fields of a record with few members", async () => {
    const outcomes = [...counted(9, EARLY), outcome(900, [])];
    expect(fieldsOf(await reportOf({ outcomes })).some((field) => field.includes("{*}"))).toBe(false);
  });

  it("stay fields if only one side has new keys", async () => {
    const outcomes = [...counted(40, (at) => [`body $.m.c${at} extra raw`]), outcome(900, [])];
    expect(fieldsOf(await reportOf({ outcomes })).length).toBe(40);
  });
});
