import { describe, expect, it } from "vitest";
import type { AccountingCount } from "../../../../src/model/accounting.ts";
import type { Run } from "../../../../src/model/run.ts";
import { openSqliteReader } from "../../../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../../../src/store/sqlite/write/sqlite-writer.ts";
import { newPath } from "../../new-path.ts";
import { batch, MINUTE, OPTIONS, RUN } from "../../store-fixture.ts";

const NEXT: Run = { ...RUN, id: "next", startedAt: RUN.startedAt + 1 };

function openBoth() {
  const path = newPath();
  const writer = openSqliteWriter(path, OPTIONS);
  writer.beginRun(RUN);
  const reader = openSqliteReader(path);
  return {
    writer,
    reader,
    counts: (run: Run = RUN): Record<string, number> =>
      Object.fromEntries(
        reader.accounting(run.id, "v2").map(({ fate, reason, count }) => [`${fate} ${reason}`, count]),
      ),
    close: () => {
      reader.close();
      writer.close();
    },
  };
}

function counted(fate: AccountingCount["fate"], count: number, minute = MINUTE): AccountingCount {
  return { minute, candidate: "v2", fate, reason: "", count };
}

describe("requests in flight", () => {
  it("are stored by proxy thread, and leave no row when they have ended", () => {
    const { writer, counts, close } = openBoth();
    writer.commit(RUN.id, [
      batch("run:1/1", { accounting: [counted("received", 5), counted("inFlight", 3), counted("mirrored", 2)] }),
      batch("run:2/1", { accounting: [counted("received", 1), counted("inFlight", 1)] }),
    ]);
    expect(counts()).toEqual({ "received ": 6, "mirrored ": 2, "inFlight run:1": 3, "inFlight run:2": 1 });
    writer.commit(RUN.id, [batch("run:1/2", { accounting: [counted("inFlight", -3), counted("mirrored", 3)] })]);
    expect(counts()).toEqual({ "received ": 6, "mirrored ": 5, "inFlight run:2": 1 });
    close();
  });

  it("of a proxy thread that died are interrupted, and those of the others are not", () => {
    const { writer, counts, close } = openBoth();
    const arrival = [counted("received", 2), counted("inFlight", 2)];
    const later = [counted("received", 1, MINUTE + 1), counted("inFlight", 1, MINUTE + 1)];
    writer.commit(RUN.id, [
      batch("run:1/1", { accounting: [...arrival, ...later] }),
      batch("run:2/1", { accounting: arrival }),
    ]);
    writer.interrupt(RUN.id, "run:1");
    expect(counts()).toEqual({ "received ": 5, "interrupted ": 3, "inFlight run:2": 2 });
    // A batch of the dead thread that arrives late.
    writer.commit(RUN.id, [batch("run:1/2", { accounting: [counted("inFlight", -1), counted("mirrored", 1)] })]);
    writer.interrupt(RUN.id, "run:1");
    expect(counts()).toEqual({ "received ": 5, "interrupted ": 2, "mirrored ": 1, "inFlight run:2": 2 });
    close();
  });

  it("belong to the next run with all their counts", () => {
    const { writer, counts, close } = openBoth();
    const minutes = [MINUTE, MINUTE + 1];
    const arrival = minutes.flatMap((minute) => [
      counted("received", 5, minute),
      counted("inFlight", 2, minute),
      counted("mirrored", 3, minute),
    ]);
    writer.commit(RUN.id, [batch("run:1/1", { accounting: arrival })]);
    writer.endRun(RUN.id, RUN.startedAt + 1, NEXT);
    expect([counts(), counts(NEXT)]).toEqual([
      { "received ": 6, "mirrored ": 6 },
      { "received ": 4, "inFlight run:1": 4 },
    ]);
    const end = minutes.flatMap((minute) => [counted("inFlight", -2, minute), counted("mirrored", 2, minute)]);
    writer.commit(NEXT.id, [batch("run:1/2", { accounting: end })]);
    expect(counts(NEXT)).toEqual({ "received ": 4, "mirrored ": 4 });
    close();
  });
});
