import { expect, it } from "vitest";
import { QUIRK_PROXIES } from "./quirks/quirk-proxies.ts";
import { mutatedResponses } from "./quirks/mutated-responses.ts";
import { RawResponseServer } from "./quirks/raw-response-server.ts";
import { type Received, receiveAll } from "./quirks/received-response.ts";
import { measureQuirks, type QuirkColumn, renderQuirkTable, rowsOf } from "./quirks/quirk-table.ts";

/** Not three digits, or the status that stands for no response. */
const REFUSED_ALL_THE_SAME = ["Status line: status 000", "Status line: status 1000"];

it("a response that both nginx and HAProxy deliver is delivered", async () => {
  const columns: QuirkColumn[] = [];
  for (const start of Object.values(QUIRK_PROXIES)) columns.push(await measureQuirks(start));
  const rows = rowsOf(columns);
  const table = renderQuirkTable(Object.keys(QUIRK_PROXIES), rows);
  // For docs/protocols.md.
  console.log(table);
  const refused = rows.filter(
    ({ receipts: [nginx, haproxy, , own] }) => nginx === "pass" && haproxy === "pass" && own !== "pass",
  );
  expect(refused.map(({ name }) => name).toSorted()).toEqual(REFUSED_ALL_THE_SAME);
});

it("so is each of 1,500 random ones, with the same status and body, and what is not is never malformed", async () => {
  const cases = mutatedResponses(3, 1_500);
  const server = await RawResponseServer.start(cases);
  const columns: (readonly Received[])[] = [];
  for (const name of ["nginx", "HAProxy", "shadowdiff"]) {
    const proxy = await QUIRK_PROXIES[name]?.(server.port);
    if (proxy === undefined) throw new Error(`no proxy is called ${name}`);
    columns.push(await receiveAll(proxy.port, cases));
    await proxy.stop();
  }
  await server.stop();
  const [nginx = [], haproxy = [], own = []] = columns;
  const isDelivered = (index: number): boolean =>
    nginx[index]?.state === "whole" && JSON.stringify(nginx[index]) === JSON.stringify(haproxy[index]);
  const delivered = [...cases.keys()].filter(
    (index) => isDelivered(index) && hasThreeDigits(nginx[index]?.status ?? 0),
  );
  const differing = delivered.filter((index) => JSON.stringify(own[index]) !== JSON.stringify(nginx[index]));
  expect(differing.map((index) => [cases[index]?.bytes, nginx[index], own[index]])).toEqual([]);
  expect(delivered.length).toBeGreaterThan(250);
  expect(cases.filter((_, index) => own[index]?.state === "malformed").map(({ bytes }) => bytes)).toEqual([]);
});

/** Whether a status can be written. */
function hasThreeDigits(status: number): boolean {
  return status > 0 && status < 1_000;
}
