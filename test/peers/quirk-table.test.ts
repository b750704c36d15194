import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { isAtRest, startShadowdiff } from "../integration/shadowdiff.ts";
import { startOwn } from "./quirks/quirk-proxies.ts";
import { measureQuirks, parseQuirkTable, requestAll, rowsOf, startQuirkServer } from "./quirks/quirk-table.ts";

const DOCUMENT = join(import.meta.dirname, "../../docs/protocols.md");

it("a client gets what the table of docs/protocols.md says, for each unusual response", async () => {
  const rows = rowsOf([await measureQuirks(startOwn)]);
  const documented = parseQuirkTable(readFileSync(DOCUMENT, "utf8"));
  const lastCells = documented.map(({ name, receipts }) => ({ name, receipts: receipts.slice(-1) }));
  expect(lastCells).toEqual(rows);
});

it("nothing differs when primary and candidate send the same unusual responses", async () => {
  const server = await startQuirkServer();
  const url = `http://127.0.0.1:${server.port}`;
  const program = await startShadowdiff({ args: ["--primary", url, "--candidate", url] });
  const receipts = await requestAll(Number(new URL(program.proxy).port));
  const { accounting } = await program.reportWhere((report) => isAtRest(report, receipts.length));
  await program.stop();
  await server.stop();
  // One response has an empty coding before chunks, so that its body runs to the end of the connection.
  const complete = receipts.filter((receipt) => receipt === "pass" || receipt === "malformed").length;
  const { compared, matched, differed, skipped } = accounting;
  expect({ compared, matched, differed, skipped }).toEqual({
    compared: complete,
    matched: complete,
    differed: 0,
    skipped: { "primary-failed": receipts.length - complete },
  });
});
