import { writeSync } from "node:fs";
import { SLOTS_PER_MINUTE } from "../../../src/lib/time-slots.ts";
import { openSqliteWriter } from "../../../src/store/sqlite/write/sqlite-writer.ts";
import { batch, field, latency, OPTIONS, outcome, received, RUN, sample, SLOT } from "../store-fixture.ts";

/**
 * A child process of crash.test.ts: commits batch after batch and prints each id after its commit. Prints `failed <code>` for
 * a failed commit, and retries it. Arguments: the path of the database, the number of the first batch.
 */
const [, , path = "", first = "0"] = process.argv;
const writer = openSqliteWriter(path, OPTIONS);
await writer.beginRun(RUN);

for (let number = Number(first); ; number += 1) {
  const endpoint = `GET /${number % 7}`;
  const one = batch(`${number}`, {
    outcomes: [
      outcome({
        endpoint,
        slot: SLOT + SLOTS_PER_MINUTE * (number % 3),
        fields: [field(`$.f${number % 50}`)],
        count: 2,
      }),
    ],
    latencies: Array.from({ length: 20 }, (_, bucket) => latency({ endpoint, bucket: bucket + (number % 100) })),
    accounting: [received(2)],
    samples: [sample(`${number}`, { fields: [field(`$.f${number}`)], target: `/${"x".repeat(2_000)}` })],
  });
  while (!(await tryCommit([one])));
  writeSync(1, `${number}\n`);
}

async function tryCommit(batches: Parameters<typeof writer.commit>[1]): Promise<boolean> {
  try {
    await writer.commit(RUN.id, batches);
    return true;
  } catch (error) {
    writeSync(1, `failed ${(error as { cause?: { code?: string } }).cause?.code}\n`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    return false;
  }
}
