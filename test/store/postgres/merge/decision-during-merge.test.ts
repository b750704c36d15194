import { expect, it } from "vitest";
import type { PostgresSession } from "../../../../src/store/postgres/connect/connection.ts";
import { inTransaction } from "../../../../src/store/postgres/connect/transaction.ts";
import type { LogEntry } from "../../../../src/store/postgres/entry-payload.ts";
import { writeEdit } from "../../../../src/store/postgres/write/edit-transactions.ts";
import { batch, outcome } from "../../store-fixture.ts";
import { createMerger, mergeDatabase } from "./merge-database.ts";

const databaseOf = mergeDatabase();
/** Reads the entries that are to be merged. */
const READ = "WITH waiting";
/** Ends a merge. */
const ADVANCE = "UPDATE merge_state";
const POSITION = { route: "default", method: "GET", parent: "/e" };
const AUDIT = { at: 7, by: "ann", what: "decided" };

function visits(id: string, values: readonly string[]): LogEntry {
  const outcomes = values.map((value) => outcome({ endpoint: `GET /e/${value}` }));
  return { kind: "counts", batches: [batch(id, { outcomes })] };
}

/** A session that does something else before a query. @param start of the text of that query */
function interrupted(session: PostgresSession, start: string, meanwhile: () => Promise<void>): PostgresSession {
  const query = async (text: string, values?: unknown[]): Promise<unknown> => {
    if (text.startsWith(start)) await meanwhile();
    return session.query(text, values);
  };
  return { query } as unknown as PostgresSession;
}

it.each([
  ["begins applies to what is appended after it", READ],
  ["ends applies to the next merge", ADVANCE],
])("a decision that is made while a merge %s", async (_name, at) => {
  const database = databaseOf();
  const run = await database.beginRun();
  const replica = await database.addReplica("a");
  const editor = await database.openSession();
  const merger = createMerger({ maxSegmentValues: 5 });
  const words = ["an", "be", "ce", "do", "ef", "gi"].map((word) => `word${word}`);
  await replica.append(run, visits("t/1", words));
  await merger.mergeOnce(database.session);
  const learned = await database.rows("SELECT method, parent FROM learned_template");

  const meanwhile = async (): Promise<void> => {
    await inTransaction(editor, () => writeEdit(editor, { type: "keep-apart", position: POSITION, audit: AUDIT }));
    await replica.append(run, visits("t/2", ["wordan"]));
  };
  if (at === ADVANCE) await replica.append(run, visits("t/3", ["wordbe"]));
  // The replica appends on a session of its own, as the merge is a transaction.
  const merging = interrupted(await database.openSession(), at, meanwhile);
  expect(await merger.mergeOnce(merging)).toEqual({ merged: 1, entriesLeft: false, lostExchanges: 0 });
  await merger.mergeOnce(database.session);
  const counts = await database.rows(
    `SELECT sum(count) FROM tally_total JOIN outcome_set ON outcome_set.key = set_key
     JOIN endpoint ON endpoint.key = endpoint_key WHERE name = 'GET /e/wordan'`,
  );
  expect({ learned, counts }).toEqual({ learned: [["GET", "/e"]], counts: [[2]] });
});
