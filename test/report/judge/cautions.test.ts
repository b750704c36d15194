import { describe, expect, it } from "vitest";
import { outcome, related, reportOf, rule, RUN, type Rows } from "../memory-reader.ts";

const SELF_CHECKED = { ...RUN, secondary: RUN.primary };
const POD: Rows = {
  outcomes: [outcome(100, ["body $.pod value raw"])],
  relations: [related(100, "body $.pod value instance")],
};
const ABOUT_POD =
  "GET /orders/{id}: a self-check cannot tell whether body $.pod belongs to the server or to the version; use a secondary, or a rule";

describe("cautions", () => {
  it("name fields that are constant on each server, unless a rule hides them", async () => {
    expect((await reportOf(POD, SELF_CHECKED)).reasons).toContain(ABOUT_POD);
    expect((await reportOf({ ...POD, rules: [rule("$.pod")] }, SELF_CHECKED)).reasons).not.toContain(ABOUT_POD);
  });

  it.each(["instance", "counting"] as const)(
    "leave a run undecided that differs in a field with the relation %s",
    async (name) => {
      const rows: Rows = {
        outcomes: [outcome(500, ["body $.pod value raw"])],
        relations: [related(500, `body $.pod value ${name}`)],
      };
      const { verdict, endpoints } = await reportOf(rows, SELF_CHECKED);
      expect(verdict).toBe("inconclusive");
      expect(endpoints[0]?.differences[0]?.verdict).toBe("likely");
    },
  );

  it("name entity tags that differ for the same body, only with a self-check", async () => {
    const etag: Rows = {
      outcomes: [outcome(100, ["header etag header raw"])],
      relations: [related(100, "header etag header same-body")],
    };
    const about = async (run: typeof RUN): Promise<string[]> =>
      (await reportOf(etag, run)).reasons.filter((text) => text.includes("self-check"));
    expect(await about(SELF_CHECKED)).toHaveLength(1);
    expect(await about(RUN)).toHaveLength(0);
  });

  it("warn of statuses that are noise because each server answers for itself", async () => {
    const outcomes = [
      outcome(90, []),
      outcome(30, ["status 200->304 status raw"]),
      outcome(30, ["status 200->304 status noise"]),
    ];
    expect((await reportOf({ outcomes })).reasons).toContain(
      "GET /orders/{id}: status 200 → 304 is noise in 30 of 150 responses, whose bodies are not compared: a conditional request names the copy of one server",
    );
  });
});
