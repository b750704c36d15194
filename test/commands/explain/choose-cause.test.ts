import { describe, expect, it } from "vitest";
import { chooseCause } from "../../../src/commands/explain/choose-cause.ts";
import type { Report } from "../../../src/model/report.ts";
import { outcome, reportOf } from "../../report/memory-reader.ts";

/** Causes of as many fields, which never differ together. */
function reportOfFields(...paths: readonly string[]): Promise<Report> {
  return reportOf({
    outcomes: [outcome(900, []), ...paths.map((path, at) => outcome(40 + at, [`body ${path} value raw`]))],
  });
}

function messageOf(choose: () => unknown): string {
  try {
    choose();
    return "no error";
  } catch (error) {
    return String(error);
  }
}

describe("chooseCause", () => {
  it("takes a signature, how it begins, and words of a title in any case and order", async () => {
    const report = await reportOfFields("$.price", "$.name");
    const cause = report.endpoints[0]?.causes.find(({ title }) => title.includes("$.price"));
    const signature = cause?.signature ?? "";
    for (const text of [signature, signature.slice(0, 6), "$.price", "CHANGED $.price", "body $.price (changed)"]) {
      expect(chooseCause(report, text).signature).toBe(signature);
    }
  });

  it("lists the causes that several words fit, and no others", async () => {
    const report = await reportOfFields("$.price", "$.prices", "$.name");
    const message = messageOf(() => chooseCause(report, "price"));
    expect(message).toMatch(/^CommandError: price names 2 causes; the causes are: /);
    expect([message.includes("$.prices"), message.includes("$.name")]).toEqual([true, false]);
  });

  it("means the only one that counts, and tells equal names apart by state, count and endpoint", async () => {
    const noisy = outcome(50, ["body $.price value both"], { endpoint: "GET /a" });
    const rows = [outcome(900, []), outcome(40, ["body $.price value raw"]), noisy];
    const report = await reportOf({ outcomes: rows });
    expect(chooseCause(report, "$.price")).toMatchObject({ verdict: "real", count: 40 });
    const alike = await reportOf({ outcomes: [noisy, { ...noisy, endpoint: "GET /b" }] });
    const message = messageOf(() => chooseCause(alike, "$.price"));
    expect(message).toContain("names 2 causes");
    for (const where of ["/a", "/b"]) {
      expect(message).toContain(`(body $.price (changed); noise; 50 responses of GET ${where})`);
    }
  });

  it("lists at most 20 causes, most important first, and says when there are none", async () => {
    const report = await reportOfFields(...Array.from({ length: 25 }, (_, at) => `$.field${at}`));
    const message = messageOf(() => chooseCause(report, "absent"));
    expect(message.split("(body ")).toHaveLength(21);
    expect(message).toContain("(body $.field24 (changed); real, new; 64 responses of GET /orders/{id})");
    expect(message).toContain("$.field24");
    expect(message).toMatch(/, and 5 more causes$/);
    expect(messageOf(() => chooseCause({ ...report, endpoints: [] }, "absent"))).toBe(
      "CommandError: no cause is named absent; the report has no causes that count",
    );
  });
});
