import type { Database } from "better-sqlite3";
import type { KeptSampleRows } from "../../counting/sample-writer.ts";
import type { SlotHolder } from "../../counting/sample-slots.ts";
import { encodeLegs, encodeSample, type SampleContent } from "../../packing/sample-rows.ts";

/** The rows of samples in SQLite. */
export function createKeptSampleRows(db: Database): KeptSampleRows {
  const statements = prepareStatements(db);
  return {
    slotHolders: (endpointKey, { section, path, kind }) => statements.slotHolders.all(endpointKey, section, path, kind),
    insert(runKey, endpointKey, sample, { size, draw }) {
      const row = { ...encodeSample(sample), runKey, endpointKey, size, draw };
      const { lastInsertRowid, changes } = statements.insertSample.run(row);
      if (changes === 0) return undefined;
      const key = Number(lastInsertRowid);
      for (const { role, head, content } of encodeLegs(sample)) statements.insertLeg.run(key, role, head, content);
      return key;
    },
    insertField: (endpointKey, { section, path, kind, mark }, sampleKey, slots) =>
      statements.insertField.run(endpointKey, section, path, kind, mark === "noise" ? 0 : 1, sampleKey, slots),
    setSlots: (endpointKey, { section, path, kind }, sampleKey, slots) =>
      statements.setSlots.run(slots, endpointKey, section, path, kind, sampleKey),
    deleteIfUnused: (sampleKey) => statements.deleteIfUnused.run(sampleKey, sampleKey),
  };
}

interface InsertedSample extends SampleContent {
  readonly runKey: number;
  readonly endpointKey: number;
  readonly size: number;
  readonly draw: number;
}

function prepareStatements(db: Database) {
  return {
    slotHolders: db.prepare<[number, string, string, string], SlotHolder>(
      `SELECT sample.key, at, size, draw, slots FROM sample_field JOIN sample ON sample.key = sample_key
       WHERE sample_field.endpoint_key = ? AND section = ? AND path = ? AND kind = ? AND raw = 1 AND slots <> 0`,
    ),
    insertSample: db.prepare<[InsertedSample]>(
      `INSERT INTO sample (run_key, endpoint_key, id, at, method, target, headers, fields, differences,
         primary_status, candidate_status, size, draw)
       VALUES (@runKey, @endpointKey, @id, @at, @method, @target, @headers, @fields, @differences,
         @primaryStatus, @candidateStatus, @size, @draw) ON CONFLICT DO NOTHING`,
    ),
    insertLeg: db.prepare<[number, string, string, Uint8Array]>(
      "INSERT INTO sample_leg (sample_key, role, head, content) VALUES (?, ?, ?, ?)",
    ),
    insertField: db.prepare<[number, string, string, string, number, number, number]>(
      `INSERT INTO sample_field (endpoint_key, section, path, kind, raw, sample_key, slots) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
    ),
    setSlots: db.prepare<[number, number, string, string, string, number]>(
      `UPDATE sample_field SET slots = ?
       WHERE endpoint_key = ? AND section = ? AND path = ? AND kind = ? AND raw = 1 AND sample_key = ?`,
    ),
    deleteIfUnused: db.prepare<[number, number]>(
      `DELETE FROM sample WHERE key = ?
       AND NOT EXISTS (SELECT 1 FROM sample_field WHERE sample_key = ? AND slots <> 0)`,
    ),
  };
}
