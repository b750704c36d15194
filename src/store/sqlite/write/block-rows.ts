import type { Database } from "better-sqlite3";
import type { BlockRows, VersionedExtent } from "../../counting/block-writer.ts";
import { packRecentBlocks, unpackRecentBlocks } from "../../packing/recent-blocks.ts";

/** The rows of time blocks in SQLite. */
export function createBlockRows(db: Database): BlockRows {
  const statements = prepareStatements(db);
  return {
    nextVersion: () => statements.nextVersion.get() as number,
    selectOld: (endpointKey) => statements.selectOld.all(endpointKey),
    selectRecent: (endpointKey) => statements.selectRecent.get(endpointKey),
    selectCounts: (key) => statements.selectCounts.get(key) as Uint8Array,
    putRecent: (...row) => statements.putRecent.run(...row),
    insertOld: (endpointKey, { first, level, version }, counts) =>
      Number(statements.insertOld.run(endpointKey, first, level, version, counts).lastInsertRowid),
    updateOld: (key, { first, level, version }, counts) => statements.updateOld.run(first, level, version, counts, key),
    moveOld: (key, { first, level, version }) => statements.moveOld.run(first, level, version, key),
    deleteOld: (key) => statements.deleteOld.run(key),
  };
}

/** @returns a function that deletes the blocks of a run that begin before a slot; it must run within a transaction */
export function createBlockDeletion(db: Database): (runKey: number, slot: number) => void {
  const { nextVersion, putRecent } = prepareStatements(db);
  const { markChanged, deleteBefore, selectRecentBefore, deleteEmpty } = prepareDeletion(db);
  return (runKey, slot) => {
    const version = nextVersion.get() as number;
    markChanged.run({ version, runKey, slot });
    deleteBefore.run({ runKey, slot });
    for (const { endpointKey, blocks } of selectRecentBefore.all({ runKey, slot })) {
      const kept = unpackRecentBlocks(blocks).filter(({ first }) => first >= slot);
      putRecent.run(endpointKey, version, kept[0]?.first ?? null, packRecentBlocks(kept));
    }
    deleteEmpty.run({ runKey });
  };
}

function prepareStatements(db: Database) {
  return {
    nextVersion: db.prepare<[], number>("UPDATE block_version SET version = version + 1 RETURNING version").pluck(),
    selectOld: db.prepare<[number], VersionedExtent & { readonly key: number }>(
      "SELECT key, first_slot AS first, level, version FROM block WHERE endpoint_key = ?",
    ),
    selectRecent: db.prepare<[number], Uint8Array>("SELECT blocks FROM recent_blocks WHERE endpoint_key = ?").pluck(),
    selectCounts: db.prepare<[number], Uint8Array>("SELECT counts FROM block WHERE key = ?").pluck(),
    putRecent: db.prepare<[number, number, number | null, Uint8Array]>(
      `INSERT INTO recent_blocks (endpoint_key, version, first_slot, blocks) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE
       SET version = excluded.version, first_slot = excluded.first_slot, blocks = excluded.blocks`,
    ),
    insertOld: db.prepare<[number, number, number, number, Uint8Array]>(
      "INSERT INTO block (endpoint_key, first_slot, level, version, counts) VALUES (?, ?, ?, ?, ?)",
    ),
    updateOld: db.prepare<[number, number, number, Uint8Array, number]>(
      "UPDATE block SET first_slot = ?, level = ?, version = ?, counts = ? WHERE key = ?",
    ),
    moveOld: db.prepare<[number, number, number, number]>(
      "UPDATE block SET first_slot = ?, level = ?, version = ? WHERE key = ?",
    ),
    deleteOld: db.prepare<[number]>("DELETE FROM block WHERE key = ?"),
  };
}

interface RunBefore {
  readonly runKey: number;
  readonly slot: number;
}

function prepareDeletion(db: Database) {
  const ofRun = "endpoint_key IN (SELECT key FROM endpoint WHERE run_key = @runKey)";
  return {
    markChanged: db.prepare<[RunBefore & { readonly version: number }]>(
      `UPDATE recent_blocks SET version = @version WHERE ${ofRun}
       AND EXISTS (SELECT 1 FROM block WHERE block.endpoint_key = recent_blocks.endpoint_key AND block.first_slot < @slot)`,
    ),
    deleteBefore: db.prepare<[RunBefore]>(`DELETE FROM block WHERE ${ofRun} AND first_slot < @slot`),
    selectRecentBefore: db.prepare<[RunBefore], { readonly endpointKey: number; readonly blocks: Uint8Array }>(
      `SELECT endpoint_key AS endpointKey, blocks FROM recent_blocks WHERE ${ofRun} AND first_slot < @slot`,
    ),
    deleteEmpty: db.prepare<[{ readonly runKey: number }]>(
      `DELETE FROM recent_blocks WHERE ${ofRun} AND first_slot IS NULL
       AND NOT EXISTS (SELECT 1 FROM block WHERE block.endpoint_key = recent_blocks.endpoint_key)`,
    ),
  };
}
