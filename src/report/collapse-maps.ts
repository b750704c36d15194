import { LRUCache } from "lru-cache";
import { memoizeLast, memoizePerObject } from "../lib/memoize.ts";
import type { DifferenceMark, DifferingField } from "../model/difference.ts";
import { endpointKey } from "../presentation/order/endpoint-order.ts";
import type { OutcomeRow, PerEndpoint, TimeBlock } from "../store/store.ts";
import { comparedCounts } from "./judge/accounting-totals.ts";
import { countFields, fieldKey, type FieldCounts } from "./judge/field-counts.ts";

/** An object is a map once this many of its members were missing, and as many were extra, each of them rarely. */
const MIN_MEMBERS = 10;
/** In at most this many exchanges, or this share of them. */
const RARE_EXCHANGES = 2;
const RARE_SHARE = 0.01;
/** The last step of a path to a member with a name. */
const MEMBER = /(?:\.[^.[\]{}…]+|\['(?:[^'\\]|\\.)*'\])$/;

/** By path of a member, the path of all values of its map: `$.prices.aXf` → `$.prices{*}`. */
type Renaming = ReadonlyMap<string, string>;

interface CountsByEndpoint {
  readonly outcomes: readonly PerEndpoint<readonly OutcomeRow[]>[];
  readonly blocks: readonly PerEndpoint<readonly TimeBlock[]>[];
}

/**
 * Gives the members of maps one path. A compare thread learns that an object is a map while it compares; what it counted before
 * has a path for each key, and so has what another thread compared that learned it later. A member that many exchanges miss stays
 * a field of its own.
 */
export function collapseMaps<Counts extends CountsByEndpoint>(counts: Counts): Counts {
  const renamings = new Map<string, Renaming>();
  for (const each of counts.outcomes) {
    const renaming = renamingOf(each.rows);
    if (renaming.size > 0) renamings.set(endpointKey(each), renaming);
  }
  if (renamings.size === 0) return counts;
  const renamed = <Rows extends object>(
    all: readonly PerEndpoint<Rows>[],
    rename: (rows: Rows, renaming: { readonly renaming: Renaming }) => Rows,
  ): readonly PerEndpoint<Rows>[] =>
    all.map((each) => {
      const renaming = renamings.get(endpointKey(each));
      return renaming === undefined ? each : { ...each, rows: rename(each.rows, { renaming }) };
    });
  return { ...counts, outcomes: renamed(counts.outcomes, renameRows), blocks: renamed(counts.blocks, renameBlocks) };
}

/**
 * How `collapseMaps` changes the fields of exchanges of one endpoint.
 * @param rows of the endpoint, as they are stored
 */
export function fieldCollapse(rows: readonly OutcomeRow[]): (fields: OutcomeRow["fields"]) => OutcomeRow["fields"] {
  const renaming = renamingOf(rows);
  return renaming.size === 0 ? (fields) => fields : (fields) => renameFields(fields, { renaming });
}

const renamingOf = memoizePerObject((rows: readonly OutcomeRow[]): Renaming => {
  const fields = countFields(rows);
  const { compared } = comparedCounts(rows);
  const isRare = ({ raw, noise, both }: FieldCounts): boolean =>
    raw + noise - both <= Math.max(RARE_EXCHANGES, RARE_SHARE * compared);
  const members = new Map<string, Record<"missing" | "extra", string[]>>();
  for (const field of fields.values()) {
    const { section, path, kind } = field;
    if (section !== "body" || (kind !== "missing" && kind !== "extra") || !isRare(field)) continue;
    const parent = path.replace(MEMBER, "");
    if (parent === path) continue;
    const own = members.get(parent) ?? { missing: [], extra: [] };
    own[kind].push(path);
    members.set(parent, own);
  }
  const renaming = new Map<string, string>();
  for (const [parent, { missing, extra }] of members) {
    const isKnown = (["missing", "extra"] as const).every((kind) =>
      fields.has(fieldKey({ section: "body", path: `${parent}{*}`, kind })),
    );
    if (!isKnown && Math.min(missing.length, extra.length) < MIN_MEMBERS) continue;
    for (const path of [...missing, ...extra]) renaming.set(path, `${parent}{*}`);
  }
  return renaming.size === 0 ? NO_RENAMING : interned(renaming);
});

const NO_RENAMING: Renaming = new Map();

/** Equal renamings are the same object, so that results for unchanged blocks can be kept. */
function interned(renaming: Renaming): Renaming {
  const text = [...renaming.keys()].toSorted().join("\n");
  const known = renamingByText.get(text) ?? renaming;
  renamingByText.set(text, known);
  return known;
}

const renamingByText = new LRUCache<string, Renaming>({ max: 1_000 });

type Renamed = { readonly renaming: Renaming };

const renameFields = memoizeLast((fields: OutcomeRow["fields"], { renaming }: Renamed): OutcomeRow["fields"] => {
  if (!fields.some(({ path }) => renaming.has(path))) return fields;
  const merged = new Map<string, DifferingField>();
  for (const { section, path, kind, mark } of fields) {
    const field = { section, path: section === "body" ? (renaming.get(path) ?? path) : path, kind };
    const key = fieldKey(field);
    const before: DifferenceMark = merged.get(key)?.mark ?? mark;
    merged.set(key, { ...field, mark: before === mark ? mark : "both" });
  }
  return [...merged].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, field]) => field);
});

const renameRows = memoizeLast((rows: readonly OutcomeRow[], renamed: Renamed): readonly OutcomeRow[] =>
  rows.map((row) => ({ ...row, fields: renameFields(row.fields, renamed) })),
);

const renameBlock = memoizeLast((block: TimeBlock, renamed: Renamed): TimeBlock => ({
  ...block,
  outcomes: renameRows(block.outcomes, renamed),
}));

const renameBlocks = memoizeLast((blocks: readonly TimeBlock[], renamed: Renamed): readonly TimeBlock[] =>
  blocks.map((block) => renameBlock(block, renamed)),
);
