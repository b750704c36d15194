import { afterEach, describe, expect, it } from "vitest";
import { CaptureCollector } from "../../src/capture/capture-collector.ts";
import { HeaderRedactor } from "../../src/capture/header-redactor.ts";
import { RequestKeeper } from "../../src/mirror/armed/request-keeper.ts";
import type { ArmedCause } from "../../src/model/isolate/armed-cause.ts";
import type { MirroredExchange, MirrorInput } from "../../src/model/mirror-stage.ts";
import { routeTo } from "../admin/admin-fixture.ts";

const CAUSE: ArmedCause = { id: "1", candidate: "v2", endpoint: "GET /items/{id}", fields: [] };
const TO_V2 = [{ target: { subset: "v2" } }];
const ROUTE = routeTo("default", [{ subset: "v2", percent: 100 }]);
/** Is not used: only the request is kept. */
const EXCHANGE = {
  requestData: () => undefined,
  drop: () => undefined,
  fail: () => undefined,
} as unknown as MirroredExchange;

const collectors: CaptureCollector[] = [];
afterEach(() => {
  for (const collector of collectors.splice(0)) collector.close();
});

function create() {
  const redactor = new HeaderRedactor(Buffer.from("k"));
  const collector = new CaptureCollector({ identity: "p1", redactor, maxBufferedBytes: 1_000_000 });
  collectors.push(collector);
  const clock = { ms: 0 };
  return { clock, collector, keeper: new RequestKeeper(collector, () => clock.ms) };
}

function input(target: string, { hasBody = false, headers = ["Host", "a"] } = {}): MirrorInput {
  const request = { method: "GET", target, headers };
  return { route: ROUTE, primarySubset: "v1", request, hasBody } as unknown as MirrorInput;
}

function small(index: number): MirrorInput {
  return input(`/items/${index}`);
}

/** Keeps requests as long as there is capacity. @returns their number */
function fill(keeper: RequestKeeper, one: (index: number) => MirrorInput, count: number, from = 0): number {
  let kept = 0;
  for (let index = from; index < from + count; index += 1) {
    const next = one(index);
    if (!keeper.wants(TO_V2, next)) continue;
    keeper.keep(`x-${index}k`, next, EXCHANGE);
    kept += 1;
  }
  return kept;
}

describe("the requests that a proxy thread keeps", () => {
  it("are those of armed endpoints and candidates, and none unless something is armed", () => {
    const { keeper } = create();
    expect(keeper.isArmed).toBe(false);
    keeper.arm([CAUSE]);
    expect(keeper.isArmed).toBe(true);
    expect(keeper.wants(TO_V2, input("/items/7?a=1"))).toBe(true);
    expect(keeper.wants(TO_V2, input("/orders/7"))).toBe(false);
    expect(keeper.wants([{ target: { subset: "v3" } }], input("/items/7"))).toBe(false);
    keeper.arm([{ ...CAUSE, endpoint: "(other endpoints)" }]);
    expect(keeper.wants(TO_V2, input("/orders/7"))).toBe(true);
  });

  it("are at most 64, however many arrive, and make room when they are compared, identical, dropped, old or disarmed", () => {
    const { clock, collector, keeper } = create();
    keeper.arm([CAUSE]);
    expect(fill(keeper, small, 10_000)).toBe(64);
    expect(keeper.compared([{ id: "x-0k", causes: [] }])).toEqual([]);
    collector.onIdentical?.("x-1k");
    collector.onIdentical?.("x-9999k");
    expect(keeper.size).toBe(62);
    expect(fill(keeper, small, 10_000, 20_000)).toBe(2);
    clock.ms = 20_001;
    expect(fill(keeper, small, 10_000, 40_000)).toBe(64);
    keeper.arm([]);
    expect(keeper.size).toBe(0);
  });

  it("have at most 1 MiB together, with their header fields and bodies", () => {
    const { keeper } = create();
    keeper.arm([CAUSE]);
    const headers = ["Cookie", "c".repeat(100_000)];
    expect(fill(keeper, (index) => input(`/items/${index}`, { headers }), 100)).toBe(11);
    keeper.arm([]);
    keeper.arm([CAUSE]);
    const exchange = keeper.keep("x-1k", input("/items/1", { hasBody: true }), EXCHANGE);
    exchange.requestData(Buffer.alloc(600_000));
    expect(keeper.size).toBe(1);
    exchange.requestData(Buffer.alloc(600_000));
    expect(keeper.size).toBe(0);
    expect(fill(keeper, small, 100)).toBe(64);
  });

  it("are handed over once, with a copy of the body, if they show a cause that is still armed", () => {
    const { keeper } = create();
    keeper.arm([CAUSE, { ...CAUSE, id: "2" }]);
    const headers = ["Host", "a", "Authorization", "Bearer abc"];
    const exchange = keeper.keep("x-1k", input("/items/1", { hasBody: true, headers }), EXCHANGE);
    const memory = Buffer.from("one");
    exchange.requestData(memory);
    memory.write("XXX");
    exchange.requestData(Buffer.from(" two"));
    keeper.arm([CAUSE]);
    const request = {
      exchangeId: "x-1k",
      route: "default",
      primary: "v1",
      request: { method: "GET", target: "/items/1", headers, body: new Uint8Array(Buffer.from("one two")) },
    };
    expect(keeper.compared([{ id: "x-1k", causes: ["1", "2"] }])).toEqual([{ cause: "1", request }]);
    expect(keeper.compared([{ id: "x-1k", causes: ["1"] }])).toEqual([]);
  });

  it("are forgotten when the exchange is dropped or its primary fails", () => {
    const { keeper } = create();
    keeper.arm([CAUSE]);
    keeper.keep("x-1k", input("/items/1"), EXCHANGE).drop("bytes");
    keeper.keep("x-2k", input("/items/2"), EXCHANGE).fail({ kind: "refused", detail: "" });
    expect(keeper.size).toBe(0);
  });
});
