import { expect, it } from "vitest";
import { ReplicaLoad } from "../../src/store/replica-load.ts";
import { received } from "./store-fixture.ts";

const batchOf = (id: string, count: number, candidate = "v2") => ({ id, accounting: [received(count, { candidate })] });

it("samples what was received, what is not committed, and the highest rate of the last seconds", () => {
  const load = new ReplicaLoad();
  expect(load.sample(0)).toEqual({ received: 0, uncommitted: 0, rate: 0 });
  load.add(batchOf("1", 180));
  load.add(batchOf("2", 100));
  load.add(batchOf("3", 20));
  // A batch that comes again, and the same requests, mirrored to a second candidate.
  load.add(batchOf("3", 20));
  load.add(batchOf("4", 300, "v3"));
  load.add({ id: "5", accounting: [received(7, { fate: "mirrored" })] });
  load.settled(["1", "4"]);
  expect(load.sample(2_000)).toEqual({ received: 300, uncommitted: 120, rate: 150 });
  load.add(batchOf("6", 50));
  load.settled(["2", "3", "6"]);
  expect(load.sample(3_000)).toEqual({ received: 350, uncommitted: 0, rate: 150 });
  for (let at = 4_000; at < 8_000; at += 1_000) load.sample(at);
  expect(load.sample(8_000)).toEqual({ received: 350, uncommitted: 0, rate: 0 });
});
