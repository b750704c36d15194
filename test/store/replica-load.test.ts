import { expect, it } from "vitest";
import { ReplicaLoad } from "../../src/store/replica-load.ts";
import { received } from "./store-fixture.ts";

const batchOf = (count: number, candidate = "v2") => ({ accounting: [received(count, { candidate })] });

it("samples what was received, what is not committed, and the highest rate of the last seconds", () => {
  const load = new ReplicaLoad();
  expect(load.sample(0, [])).toEqual({ received: 0, uncommitted: 0, rate: 0 });
  load.add(batchOf(300));
  // The same requests, mirrored to a second candidate.
  load.add(batchOf(300, "v3"));
  load.add({ accounting: [received(7, { fate: "mirrored" })] });
  expect(load.sample(2_000, [batchOf(100), batchOf(20)])).toEqual({ received: 300, uncommitted: 120, rate: 150 });
  load.add(batchOf(50));
  expect(load.sample(3_000, [])).toEqual({ received: 350, uncommitted: 0, rate: 150 });
  for (let at = 4_000; at < 8_000; at += 1_000) load.sample(at, []);
  expect(load.sample(8_000, [])).toEqual({ received: 350, uncommitted: 0, rate: 0 });
});
