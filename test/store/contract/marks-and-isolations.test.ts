import { expect, it } from "vitest";
import type { Mark } from "../../../src/model/explain/mark.ts";
import type { Isolation } from "../../../src/model/isolate/isolation.ts";
import { NOON, OPTIONS, RUN } from "../store-fixture.ts";
import { describeStores } from "./engines.ts";

const AUDIT = { at: NOON, by: "ci", what: "reported a deployment" };

function mark(id: string, parts: Partial<Mark> = {}): Mark {
  return { id, at: NOON, kind: "deployment", text: "v2 restarted", subset: "v2", by: "ci", ...parts };
}

function isolation(id: string, parts: Partial<Isolation> = {}): Isolation {
  return {
    id,
    signature: "abc",
    title: "body $.price",
    endpoint: "GET /users/{id}",
    candidate: "v2",
    runId: RUN.id,
    by: "admin",
    startedAt: NOON,
    endedAt: NOON + 1,
    sampleId: null,
    state: "isolated",
    message: "2 of 31 parts decide.",
    probes: 40,
    maxProbes: 60,
    parts: { original: 31, left: 2 },
    isMinimal: true,
    request: { method: "GET", target: "/?\0=\uD800", headers: ["a", "\u001A"], body: null, curl: "curl 'http://v1/'" },
    deciding: [{ kind: "query", name: "currency", value: "EUR", replacement: null, words: "remove currency=EUR" }],
    ...parts,
  };
}

const idsOf = (all: readonly { readonly id: string }[]): readonly string[] => all.map(({ id }) => id);

describeStores("marks and isolations", (engine) => {
  it("are kept with their run, marks from the oldest and isolations from the newest", async () => {
    const { writer, reader } = await engine.open();
    const odd = mark("odd", { text: "<b>\0\u001A", subset: null, kind: "note", by: "a\0b" });
    const marks = [mark("later", { at: NOON + 5 }), mark("first", { at: NOON - 5 }), odd];
    for (const each of marks) await writer.edit({ type: "mark", runId: RUN.id, mark: each, audit: AUDIT });
    await writer.edit({ type: "mark", runId: "not begun", mark: mark("other"), audit: null });
    expect(await reader.marks(RUN.id)).toEqual([marks[1], marks[2], marks[0]]);
    expect(idsOf(await reader.marks("not begun"))).toEqual(["other"]);
    expect(await reader.audit(9)).toEqual([AUDIT, AUDIT, AUDIT]);

    const isolations = [isolation("a"), isolation("b", { startedAt: NOON + 1 }), isolation("c", { candidate: "v3" })];
    for (const each of isolations) await writer.edit({ type: "isolation", isolation: each, audit: null });
    expect(await reader.isolations(RUN.id)).toEqual([isolations[1], isolations[2], isolations[0]]);
    expect(await reader.isolations(RUN.id, "v2")).toEqual([isolations[1], isolations[0]]);
    expect(await reader.isolations("not begun")).toEqual([]);
  });

  it("are replaced by one with the same id, as when an edit is sent again", async () => {
    const { writer, reader } = await engine.open();
    for (const text of ["one", "two"])
      await writer.edit({ type: "mark", runId: RUN.id, mark: mark("m", { text }), audit: null });
    for (const probes of [1, 2])
      await writer.edit({ type: "isolation", isolation: isolation("i", { probes }), audit: null });
    expect(await reader.marks(RUN.id)).toEqual([mark("m", { text: "two" })]);
    expect(await reader.isolations(RUN.id)).toEqual([isolation("i", { probes: 2 })]);
  });

  it("of a run are the newest 200 isolations, and the newest 500 marks of each kind", async () => {
    const { writer, reader } = await engine.open();
    for (let n = 0; n <= 200; n += 1)
      await writer.edit({ type: "isolation", isolation: isolation(`${n}`, { startedAt: NOON + n }), audit: null });
    const isolations = await reader.isolations(RUN.id);
    expect([isolations.length, isolations[0]?.id, isolations.at(-1)?.id]).toEqual([200, "200", "1"]);
    await writer.edit({ type: "mark", runId: RUN.id, mark: mark("deployed"), audit: null });
    for (let n = 1; n <= 501; n += 1)
      await writer.edit({
        type: "mark",
        runId: RUN.id,
        mark: mark(`${n}`, { at: NOON + n, kind: "upstream" }),
        audit: null,
      });
    const marks = idsOf(await reader.marks(RUN.id));
    expect([marks.length, marks[0], marks[1], marks.at(-1)]).toEqual([501, "deployed", "2", "501"]);
  });

  it("change the version of the store", async () => {
    const { writer, reader } = await engine.open();
    const before = await reader.version();
    await writer.edit({ type: "mark", runId: RUN.id, mark: mark("m"), audit: null });
    expect(await reader.version()).not.toBe(before);
  });

  it("are deleted when they are too old", async () => {
    const { writer, reader } = await engine.open();
    for (const at of [NOON, NOON + 1]) {
      await writer.edit({ type: "mark", runId: RUN.id, mark: mark(`${at}`, { at }), audit: null });
      await writer.edit({ type: "isolation", isolation: isolation(`${at}`, { startedAt: at }), audit: null });
    }
    const slack = 3_600_000;
    while (await writer.applyRetention(NOON + OPTIONS.retention.maxAgeMs + slack + 1));
    expect(idsOf(await reader.marks(RUN.id))).toEqual([`${NOON + 1}`]);
    expect(idsOf(await reader.isolations(RUN.id))).toEqual([`${NOON + 1}`]);
  });
});
