import { describe, expect, it } from "vitest";
import { ALL_ENDPOINTS } from "../../../src/model/review.ts";
import { coveredEndpoints, reviewedCause } from "../../../src/report/causes/reviewed-cause.ts";
import { outcome, reportOf, type Rows } from "../memory-reader.ts";

const MISSING = "status 200->404 status raw";
const FRAMEWORK = ["header x-powered-by missing raw", "header vary extra raw"];

const on = (path: string, count: number, marks: readonly string[], route = "default") =>
  outcome(count, marks, { endpoint: `GET /${path}`, route });

/** What a review of the first cause covers. */
async function covered(rows: Rows, only?: readonly string[]) {
  const report = await reportOf(rows);
  const [cause] = report.endpoints[0]?.causes ?? [];
  return reviewedCause(report, cause?.signature ?? "", only);
}

describe("reviewedCause", () => {
  it("covers the endpoints that have a status or a body now, each once", async () => {
    const outcomes = [on("b", 9, [MISSING]), on("a", 9, [MISSING]), on("a", 9, [MISSING], "other"), on("c", 9, [])];
    expect(await covered({ outcomes })).toMatchObject({
      endpoints: ["GET /a", "GET /b"],
      title: "break: status 200 → 404",
    });
    const body = ["a", "b"].map((path) => on(path, 9, ["body $.price value raw"]));
    expect((await covered({ outcomes: body }))?.endpoints).toEqual(["GET /a", "GET /b"]);
  });

  it("covers all endpoints if several have the same headers, and one if only one has", async () => {
    expect((await covered({ outcomes: [on("a", 9, FRAMEWORK), on("b", 9, FRAMEWORK)] }))?.endpoints).toEqual([
      ALL_ENDPOINTS,
    ]);
    expect((await covered({ outcomes: [on("a", 9, FRAMEWORK), on("b", 9, [])] }))?.endpoints).toEqual(["GET /a"]);
  });

  it("can be about some of the endpoints, with a signature of its own", async () => {
    const outcomes = [on("a", 9, FRAMEWORK), on("b", 9, FRAMEWORK), on("c", 9, FRAMEWORK)];
    const all = await covered({ outcomes });
    const some = await covered({ outcomes }, ["GET /b", "GET /a", "GET /unknown"]);
    expect(some?.endpoints).toEqual(["GET /a", "GET /b"]);
    expect(new Set([all, some, await covered({ outcomes }, ["GET /b"])].map((each) => each?.signature)).size).toBe(3);
    expect(await covered({ outcomes }, ["GET /c", "GET /b", "GET /a"])).toEqual(all);
    expect(await covered({ outcomes }, ["GET /unknown"])).toBeUndefined();
  });
});

const accepted = (...endpoints: string[]) => ({ decision: "accepted", endpoints }) as const;
const denied = (...endpoints: string[]) => ({ decision: "denied", endpoints }) as const;

describe("coveredEndpoints", () => {
  it("keep those of an acceptance that is renewed, and of no other decision", () => {
    expect(coveredEndpoints(accepted("GET /c"), accepted("GET /d", "GET /a"))).toEqual(["GET /a", "GET /c", "GET /d"]);
    expect(coveredEndpoints(accepted("GET /c"), accepted(ALL_ENDPOINTS))).toEqual([ALL_ENDPOINTS]);
    expect(coveredEndpoints(accepted("GET /c"), denied("GET /a"))).toEqual(["GET /c"]);
    expect(coveredEndpoints(denied("GET /c"), accepted("GET /a"))).toEqual(["GET /c"]);
    expect(coveredEndpoints(denied("GET /c"), undefined)).toEqual(["GET /c"]);
  });
});
