import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Admin } from "../../src/admin/admin-server.ts";
import { call, startTestAdmin } from "./admin-fixture.ts";

interface Media {
  readonly schema?: { readonly $ref?: string; readonly type?: string };
}
interface Operation {
  readonly summary?: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Media>> }>>;
}
interface Document {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

let admin: Admin;
let document: Document;

beforeAll(async () => {
  admin = await startTestAdmin();
  document = (await call(admin, "/api/v1/openapi.json")).json() as Document;
});
afterAll(() => admin.close());

/** Method and path of every operation, with the type of its successful response. */
function successTypes(): Record<string, string> {
  const entries = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { responses }]) => {
      const [[type, media] = ["none", {}]] = Object.entries(
        (responses["200"] ?? responses["201"] ?? responses["204"])?.content ?? {},
      );
      return [
        `${method} ${path}`,
        `${type} ${media.schema?.$ref?.split("/").at(-1) ?? media.schema?.type ?? ""}`.trim(),
      ];
    }),
  );
  return Object.fromEntries(entries) as Record<string, string>;
}

describe("GET /api/v1/openapi.json", () => {
  it("is OpenAPI 3.1 and lists every route with the type of its response", () => {
    expect(document.openapi).toBe("3.1.0");
    expect(document.info.title).toBe("shadowdiff");
    expect(document.info.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(successTypes()).toEqual({
      "get /livez": "application/json object",
      "get /readyz": "application/json object",
      "get /healthz": "application/json Health",
      "post /api/v1/samples/{id}/resend": "application/json Resend",
      "post /api/v1/session": "none",
      "get /api/v1/status": "application/json Status",
      "get /api/v1/templates": "application/json Templates",
      "post /api/v1/templates": "application/json TemplateDecisions",
      "delete /api/v1/templates": "application/json TemplateDecisions",
      "get /api/v1/runs": "application/json Runs",
      "post /api/v1/runs": "application/json RunSwitch",
      "post /api/v1/runs/flagger": "application/json FlaggerRun",
      "post /api/v1/runs/current/end": "application/json RunSwitch",
      "get /api/v1/runs/summary": "application/json RunSummary",
      "get /api/v1/runs/compare": "application/json RunComparison",
      "get /api/v1/rules": "application/json Rules",
      "post /api/v1/rules/preview": "application/json RulePreview",
      "post /api/v1/rules": "application/json AddedRule",
      "post /api/v1/rules/batch": "application/json AddedRules",
      "post /api/v1/rules/batch/undo": "application/json Rules",
      "delete /api/v1/rules/{id}": "application/json Rules",
      "get /api/v1/reviews": "application/json Reviews",
      "post /api/v1/reviews": "application/json DecidedTogether",
      "post /api/v1/reviews/batch/undo": "application/json Reviews",
      "post /api/v1/reviews/batch/preview": "application/json ReviewPreview",
      "put /api/v1/reviews/{signature}": "application/json Decided",
      "delete /api/v1/reviews/{signature}": "application/json Reviews",
      "get /api/v1/audit": "application/json Audit",
      "get /api/v1/replicas": "application/json Replicas",
      "get /api/v1/gate": "application/json GateVerdict",
      "post /api/v1/gate": "application/json GateVerdict",
      "get /api/v1/report": "application/json Report",
      "get /api/v1/overview": "application/json Overview",
      "get /api/v1/endpoints": "application/json EndpointPage",
      "get /api/v1/endpoint": "application/json EndpointView",
      "get /api/v1/timeline": "application/json Timeline",
      "get /api/v1/latency": "application/json LatencyView",
      "get /api/v1/latency/exchanges": "application/json TimedExchanges",
      "get /api/v1/causes/{signature}/endpoints": "application/json CauseEndpoints",
      "get /api/v1/causes/{signature}/explanation": "application/json CauseExplanation",
      "get /api/v1/events/marks": "application/json Marks",
      "post /api/v1/events/marks": "application/json CreatedMark",
      "get /api/v1/samples": "application/json Samples",
      "get /api/v1/samples/{id}": "application/json SampleDetail",
      "get /api/v1/samples/{id}/resend": "application/json ResendPreview",
      "get /api/v1/samples/{id}/body": "application/octet-stream string",
      "get /api/v1/isolations": "application/json Isolations",
      "get /api/v1/isolations/{id}": "application/json Isolation",
      "post /api/v1/isolations/preview": "application/json IsolationPreview",
      "post /api/v1/isolations": "application/json Isolation",
      "delete /api/v1/isolations/{id}": "application/json Isolation",
      "get /api/v1/control": "application/json Control",
      "put /api/v1/control/mirroring": "application/json Control",
      "put /api/v1/control/percent": "application/json Control",
      "get /api/v1/events": "text/event-stream string",
      "get /api/v1/configuration": "application/json Configuration",
      "get /api/v1/tail": "text/event-stream TailBatch",
    });
  });

  it("resolves every reference and contains no unused schema", () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
    expect(new Set(references.map(([, name]) => name))).toEqual(new Set(Object.keys(document.components.schemas)));
  });

  it("gives every route a summary and types its errors", () => {
    for (const [path, operations] of Object.entries(document.paths)) {
      for (const [method, { summary, responses }] of Object.entries(operations)) {
        expect(summary, `${method} ${path}`).toMatch(/\w/);
        for (const [status, { content }] of Object.entries(responses)) {
          if (Number(status) < 400 || path === "/readyz") continue;
          const reference = content?.["application/json"]?.schema?.$ref;
          const isVerdict = path === "/api/v1/gate" && ["409", "425"].includes(status);
          const name = isVerdict ? "GateVerdict" : "Error";
          expect(reference, `${method} ${path} ${status}`).toBe(`#/components/schemas/${name}`);
        }
      }
    }
  });

  it("declares what the listener itself responds to any request, such as headers that are too large", () => {
    for (const [path, operations] of Object.entries(document.paths)) {
      for (const [method, { responses }] of Object.entries(operations)) {
        const missing = ["400", "403", "408", "414", "421", "431"].filter((status) => !(status in responses));
        expect(missing, `${method} ${path}`).toEqual([]);
      }
    }
  });

  it("every method that a path does not declare is a 405, which lists the declared ones", async () => {
    for (const [pattern, operations] of Object.entries(document.paths)) {
      // A DELETE of them removes a rule with this id, or stops an isolation with it.
      if (["/api/v1/rules/preview", "/api/v1/rules/batch", "/api/v1/isolations/preview"].includes(pattern)) continue;
      const path = pattern.replaceAll(/\{\w+\}/g, "x");
      const declared = Object.keys(operations).map((method) => method.toUpperCase());
      const isEventStream = /\/(?:events|tail)$/.test(path);
      const allowed = [...declared, ...(declared.includes("GET") && !isEventStream ? ["HEAD"] : [])].toSorted();
      for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].filter(
        (one) => !allowed.includes(one),
      )) {
        const { status, headers } = await call(admin, path, { method });
        expect([method, path, status, headers["allow"]]).toEqual([method, path, 405, allowed.join(", ")]);
      }
    }
  });

  it("describes the query parameters", () => {
    const names = document.paths["/api/v1/samples"]?.["get"]?.parameters?.map(({ name }) => name);
    expect(names).toEqual([
      "run",
      "candidate",
      "endpoint",
      "section",
      "path",
      "under",
      "cause",
      "query",
      "withoutQuery",
      "condition",
      "limit",
    ]);
  });
});
