import { expect, it } from "vitest";
import type { AccountingCount } from "../../../src/model/accounting.ts";
import type { Run } from "../../../src/model/run.ts";
import { batch, MINUTE, RUN } from "../store-fixture.ts";
import type { Engine } from "./engine.ts";
import { describeStores } from "./engines.ts";

const NEXT: Run = { ...RUN, id: "next", startedAt: RUN.startedAt + 1 };

async function open(engine: Engine) {
  const { writer, reader } = await engine.open();
  return {
    writer,
    counts: async (run: Run = RUN): Promise<Record<string, number>> =>
      Object.fromEntries(
        (await reader.accounting(run.id, "v2")).map(({ fate, reason, count }) => [`${fate} ${reason}`, count]),
      ),
  };
}

function counted(fate: AccountingCount["fate"], count: number, minute = MINUTE): AccountingCount {
  return { minute, candidate: "v2", fate, reason: "", count };
}

describeStores("requests in flight", (engine) => {
  it("are stored by proxy thread, and leave no row when they have ended", async () => {
    const { writer, counts } = await open(engine);
    await writer.commit(RUN.id, [
      batch("run:1/1", { accounting: [counted("received", 5), counted("inFlight", 3), counted("mirrored", 2)] }),
      batch("run:2/1", { accounting: [counted("received", 1), counted("inFlight", 1)] }),
    ]);
    expect(await counts()).toEqual({ "received ": 6, "mirrored ": 2, "inFlight run:1": 3, "inFlight run:2": 1 });
    await writer.commit(RUN.id, [batch("run:1/2", { accounting: [counted("inFlight", -3), counted("mirrored", 3)] })]);
    expect(await counts()).toEqual({ "received ": 6, "mirrored ": 5, "inFlight run:2": 1 });
  });

  it("of a proxy thread that died are interrupted, and those of the others are not", async () => {
    const { writer, counts } = await open(engine);
    const arrival = [counted("received", 2), counted("inFlight", 2)];
    const later = [counted("received", 1, MINUTE + 1), counted("inFlight", 1, MINUTE + 1)];
    await writer.commit(RUN.id, [
      batch("run:1/1", { accounting: [...arrival, ...later] }),
      batch("run:2/1", { accounting: arrival }),
    ]);
    await writer.interrupt(RUN.id, "run:1");
    expect(await counts()).toEqual({ "received ": 5, "interrupted ": 3, "inFlight run:2": 2 });
    // A batch of the dead thread that arrives late.
    await writer.commit(RUN.id, [batch("run:1/2", { accounting: [counted("inFlight", -1), counted("mirrored", 1)] })]);
    await writer.interrupt(RUN.id, "run:1");
    expect(await counts()).toEqual({ "received ": 5, "interrupted ": 2, "mirrored ": 1, "inFlight run:2": 2 });
  });

  it("belong to the next run with all their counts", async () => {
    const { writer, counts } = await open(engine);
    const minutes = [MINUTE, MINUTE + 1];
    const arrival = minutes.flatMap((minute) => [
      counted("received", 5, minute),
      counted("inFlight", 2, minute),
      counted("mirrored", 3, minute),
    ]);
    await writer.commit(RUN.id, [batch("run:1/1", { accounting: arrival })]);
    await writer.endRun(RUN.id, RUN.startedAt + 1, NEXT);
    expect([await counts(), await counts(NEXT)]).toEqual([
      { "received ": 6, "mirrored ": 6 },
      { "received ": 4, "inFlight run:1": 4 },
    ]);
    const end = minutes.flatMap((minute) => [counted("inFlight", -2, minute), counted("mirrored", 2, minute)]);
    await writer.commit(NEXT.id, [batch("run:1/2", { accounting: end })]);
    expect(await counts(NEXT)).toEqual({ "received ": 4, "mirrored ": 4 });
  });
});
