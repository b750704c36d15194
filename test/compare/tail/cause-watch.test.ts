import { describe, expect, it } from "vitest";
import { CauseWatch } from "../../../src/compare/tail/cause-watch.ts";
import type { DifferenceMark, DifferingField } from "../../../src/model/difference.ts";
import type { ArmedCause } from "../../../src/model/isolate/armed-cause.ts";

function field(path: string, mark: DifferenceMark = "raw", kind: DifferingField["kind"] = "value"): DifferingField {
  return { section: "body", path, kind, mark };
}

function cause(id: string, path: string, parts: Partial<ArmedCause> = {}): ArmedCause {
  return { id, candidate: "v2", endpoint: "GET /items", fields: [field(path)], ...parts };
}

/** The causes that exchanges with one differing field show. */
function seen(watch: CauseWatch, fields: readonly DifferingField[], candidate = "v2", endpoint = "GET /items") {
  watch.begin("x-1k");
  if (watch.isKept) watch.offer({ endpoint, candidate, fields });
  return watch.take();
}

describe("the watch for armed causes", () => {
  it("reports each exchange whose request is kept, with the causes that it shows, and no other exchange", () => {
    const watch = new CauseWatch();
    watch.arm([cause("1", "$.price"), cause("2", "$.name"), cause("3", "$.price", { candidate: "v3" })]);
    expect(seen(watch, [field("$.price")])).toEqual([{ id: "x-1k", causes: ["1"] }]);
    expect(seen(watch, [field("$.price", "both"), field("$.name")])).toEqual([{ id: "x-1k", causes: ["1", "2"] }]);
    expect(seen(watch, [field("$.price", "noise")])).toEqual([{ id: "x-1k", causes: [] }]);
    expect(seen(watch, [field("$.price", "raw", "type")])).toEqual([{ id: "x-1k", causes: [] }]);
    expect(seen(watch, [field("$.price")], "v2", "GET /orders")).toEqual([{ id: "x-1k", causes: [] }]);
    expect(seen(watch, [field("$.price")], "v3")).toEqual([{ id: "x-1k", causes: ["3"] }]);
    watch.begin("x-2");
    expect(watch.isKept).toBe(false);
    expect(watch.take()).toEqual([]);
  });

  it("joins what several candidates of one exchange show", () => {
    const watch = new CauseWatch();
    watch.arm([cause("1", "$.a"), cause("2", "$.a", { candidate: "v3" })]);
    watch.begin("x-1k");
    watch.offer({ endpoint: "GET /items", candidate: "v2", fields: [field("$.a")] });
    watch.offer({ endpoint: "GET /items", candidate: "v3", fields: [field("$.a")] });
    expect(watch.take()).toEqual([{ id: "x-1k", causes: ["1", "2"] }]);
  });

  it("knows the members of a map by the path that reports give them, and all endpoints beyond the limit", () => {
    const watch = new CauseWatch();
    watch.arm([cause("1", "$.prices{*}"), cause("2", "$.a", { endpoint: "(other endpoints)" })]);
    expect(seen(watch, [field("$.prices.x81")])).toEqual([{ id: "x-1k", causes: ["1"] }]);
    expect(seen(watch, [field("$.prices['__proto__']")])).toEqual([{ id: "x-1k", causes: ["1"] }]);
    expect(seen(watch, [field("$.prices.x81.net")])).toEqual([{ id: "x-1k", causes: [] }]);
    expect(seen(watch, [field("$.a")], "v2", "GET /anything")).toEqual([{ id: "x-1k", causes: ["2"] }]);
  });
});
