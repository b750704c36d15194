import { describe, expect, it } from "vitest";
import {
  sizeOfIdentical,
  IdenticalExchangeWriter,
  readIdenticalExchanges,
  type IdenticalExchange,
} from "../../src/transfer/identical-exchanges.ts";
import type { IdenticalExchanges } from "../../src/model/batch.ts";

function exchange(index: number): IdenticalExchange {
  return {
    backToBack: index % 3 === 0,
    at: 1_700_000_000_000 + index,
    route: index % 3 === 0 ? "checkout" : "default",
    method: index % 2 === 0 ? "GET" : "HEAD",
    target: `/items/${index}?q=ä`,
    status: 200 + (index % 5),
    candidate: index % 7 === 0 ? "v3" : "v2",
    level: index % 3,
    primaryMs: index / 3,
    candidateMs: index / 7,
    paired: index % 5 !== 0,
    secondaryMs: index % 4 === 0 ? null : index / 11,
  };
}

describe("identical exchanges", () => {
  it("are read as they were written, beyond the initial memory, and after a message to another thread", () => {
    const writer = new IdenticalExchangeWriter();
    const written = Array.from({ length: 1_000 }, (_, index) => exchange(index));
    for (const one of written) writer.add(one);
    const columns = structuredClone(writer.take()) as IdenticalExchanges;
    expect([...readIdenticalExchanges(columns)]).toEqual(written);
    expect(columns.names.toSorted()).toEqual(["GET", "HEAD", "checkout", "default", "v2", "v3"]);
    expect(sizeOfIdentical(columns)).toBe(1_000 * 11 * 8 + columns.targets.length);
  });

  it("are removed from the writer when they are taken", () => {
    const writer = new IdenticalExchangeWriter();
    expect(writer.take()).toBeNull();
    writer.add(exchange(1));
    writer.take();
    expect([writer.length, writer.take()]).toEqual([0, null]);
    writer.add(exchange(2));
    expect([...readIdenticalExchanges(writer.take() as IdenticalExchanges)]).toEqual([exchange(2)]);
  });
});
