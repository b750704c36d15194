import { describe, expect, it } from "vitest";
import { TailPublisher, type ComparedExchange } from "../../../src/compare/tail/tail-publisher.ts";
import type { DifferingField } from "../../../src/model/difference.ts";
import type { TailFilter } from "../../../src/model/views/tail.ts";

function field(path: string, mark: DifferingField["mark"]): DifferingField {
  return { section: "body", path, kind: "value", mark };
}

function compared(change: Partial<ComparedExchange> = {}): ComparedExchange {
  return {
    at: 1,
    route: "default",
    method: "GET",
    target: "/orders/7?Page=2",
    endpoint: "GET /orders/{id}",
    candidate: "v2",
    primaryStatus: 200,
    candidateStatus: 200,
    primaryMs: 1,
    candidateMs: 2,
    fields: [],
    sample: null,
    ...change,
  };
}

function publisherAt(clock: { now: number }, ...filters: readonly TailFilter[]): TailPublisher {
  const publisher = new TailPublisher(
    () => clock.now,
    (target) => target.replace("secret", "•"),
  );
  publisher.subscribe(filters.map((filter, id) => ({ id, filter, rowsPerSecond: 3 })));
  return publisher;
}

/** Which of the filters an exchange passes. */
function passes(exchange: ComparedExchange, ...filters: readonly TailFilter[]): readonly number[] {
  const publisher = publisherAt({ now: 0 }, ...filters);
  publisher.offer(exchange);
  return publisher.take().map(({ id }) => id);
}

describe("TailPublisher", () => {
  it("sends at most so many rows per second, and counts the rest", () => {
    const clock = { now: 5_000 };
    const publisher = publisherAt(clock, {});
    for (let at = 0; at < 10; at += 1) publisher.offer(compared({ at }));
    clock.now = 5_999;
    publisher.offer(compared({ at: 10 }));
    expect(publisher.take().map(({ rows, more }) => [rows.map(({ at }) => at), more])).toEqual([[[0, 1, 2], 8]]);
    expect(publisher.take()).toEqual([]);
    clock.now = 6_000;
    publisher.offer(compared({ at: 11 }));
    expect(publisher.take().map(({ rows, more }) => [rows.length, more])).toEqual([[1, 0]]);
  });

  it("filters before it limits, so that a rare exchange is not lost among others", () => {
    const publisher = publisherAt({ now: 0 }, {}, { status: "5xx" });
    for (let at = 0; at < 10; at += 1) publisher.offer(compared({ at }));
    publisher.offer(compared({ at: 10, candidateStatus: 503 }));
    expect(publisher.take().map(({ id, rows, more }) => [id, rows.length, more])).toEqual([
      [0, 3, 8],
      [1, 1, 0],
    ]);
  });

  it("finds what a row shows, and no secret that was replaced in it", () => {
    expect(passes(compared({ target: "/reset/secret" }), { text: "sec" }, { text: "/reset/•" })).toEqual([1]);
  });

  it("filters by candidate, endpoint, status, a part of the target and what differs", () => {
    const exchange = compared({ candidateStatus: 404, fields: [field("$.a", "raw")] });
    const filters: readonly TailFilter[] = [
      { candidate: "v2", endpoint: "GET /orders/{id}", status: "404", text: "PAGE=2", differing: true },
      { candidate: "v3" },
      { endpoint: "GET /orders" },
      { status: "4xx" },
      { status: "200" },
      { status: "500" },
      { status: "changed" },
      { text: "page=3" },
    ];
    expect(passes(exchange, ...filters)).toEqual([0, 3, 4, 6]);
    // What differs between two instances of the primary's version too is noise.
    const noisy = compared({ fields: [field("$.a", "both"), field("$.b", "noise")] });
    expect(passes(noisy, { differing: true }, { differing: false }, { status: "changed" })).toEqual([1]);
  });

  it("redacts the target", () => {
    const publisher = publisherAt({ now: 0 }, {});
    publisher.offer(compared({ target: "/reset/secret" }));
    expect(publisher.take()[0]?.rows[0]?.target).toBe("/reset/•");
  });

  it("lists five fields and counts all", () => {
    const publisher = publisherAt({ now: 0 }, {});
    publisher.offer(compared({ fields: Array.from({ length: 9 }, (_, index) => field(`$.${index}`, "raw")) }));
    const [row] = publisher.take()[0]?.rows ?? [];
    expect([row?.fields.length, row?.fieldCount]).toEqual([5, 9]);
  });

  it("keeps what it has for tails that stay, and nothing for those that are closed", () => {
    const publisher = publisherAt({ now: 0 }, {}, {});
    publisher.offer(compared());
    publisher.subscribe([{ id: 1, filter: {}, rowsPerSecond: 3 }]);
    expect(publisher.take().map(({ id, rows }) => [id, rows.length])).toEqual([[1, 1]]);
    publisher.subscribe([]);
    expect(publisher.isWatched).toBe(false);
  });
});
