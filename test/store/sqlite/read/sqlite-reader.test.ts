import { expect, it } from "vitest";
import { openStore } from "../../open-store.ts";
import { batch, flat, outcome, RUN } from "../../store-fixture.ts";

it("runs all queries of a snapshot on one state while the writer commits", () => {
  const { writer, reader } = openStore();
  const commit = (id: string) => writer.commit(RUN.id, [batch(id, { outcomes: [outcome()] })]);
  const count = () => flat(reader.outcomes(RUN.id, "v2"))[0]?.count;
  commit("1");
  const seen = reader.snapshot(() => {
    const before = count();
    commit("2");
    return [before, count()];
  });
  expect(seen).toEqual([1, 1]);
  expect(count()).toBe(2);
});
