import type { Attribute, AttributeRecord, AttributeSource } from "../../src/model/explain/attribute.ts";
import type { DifferingField } from "../../src/model/difference.ts";
import type { CauseBlock } from "../../src/report/explain/change-point.ts";
import type { CauseInput } from "../../src/report/explain/explain-cause.ts";
import { indexStrata, type WeighedStratum } from "../../src/report/explain/strata-index.ts";

/** One compared exchange of a simulated endpoint. */
export interface SimulatedExchange {
  /** Unix milliseconds. */
  readonly at: number;
  /** Of exchanges that are kept. */
  readonly attributesOf: () => readonly Attribute[];
  /** The paths of the body at which the candidate differs. */
  readonly paths: readonly string[];
}

/** The sizes of samples that a store keeps. */
const CONTROLS = 256;
const PER_STRATUM = 96;
const BLOCKS = 64;

/** The path of the cause that is to be explained. */
export const CAUSE_PATH = "$.price";

/** What a report knows about the exchanges of an endpoint: bounded uniform samples of each set of fields, and exact counts. */
export function explainInput(exchanges: readonly SimulatedExchange[], random: () => number): CauseInput {
  const count = exchanges.filter(({ paths }) => paths.includes(CAUSE_PATH)).length;
  return {
    signature: "cause",
    endpoint: "GET /prices",
    route: "default",
    index: indexStrata(sampleStrata(exchanges, random)),
    hasCause: ({ fields }) => fields.some(({ path }) => path === CAUSE_PATH),
    total: { count, compared: exchanges.length },
    blocks: blocksOf(exchanges),
    marks: [],
  };
}

function sampleStrata(exchanges: readonly SimulatedExchange[], random: () => number): readonly WeighedStratum[] {
  const bySet = new Map<string, { exchange: SimulatedExchange; draw: number; id: number }[]>();
  for (const [id, exchange] of exchanges.entries()) {
    const set = exchange.paths.toSorted().join();
    const entry = { exchange, draw: random(), id };
    const known = bySet.get(set);
    if (known === undefined) bySet.set(set, [entry]);
    else known.push(entry);
  }
  return [...bySet].map(([stratum, all]) => {
    const size = stratum === "" ? CONTROLS : PER_STRATUM;
    const ascending = all.toSorted((one, other) => one.draw - other.draw);
    const limit = ascending[size]?.draw ?? 1;
    const records = ascending.slice(0, size).map(({ exchange, draw, id }): AttributeRecord => ({
      id: String(id),
      at: exchange.at,
      route: "default",
      endpoint: "GET /prices",
      candidate: "v2",
      stratum,
      draw,
      limit,
      paired: false,
      fields: exchange.paths.map(differing),
      attributes: exchange.attributesOf(),
      cut: [],
    }));
    return { stratum, limit, records, total: all.length };
  });
}

function differing(path: string): DifferingField {
  return { section: "body", path, kind: "value", mark: "raw" };
}

/** Exact counts over time, in as many equal blocks as a store keeps. */
function blocksOf(exchanges: readonly SimulatedExchange[]): readonly CauseBlock[] {
  const first = exchanges[0]?.at ?? 0;
  const length = Math.max(1, Math.ceil(((exchanges.at(-1)?.at ?? 0) - first + 1) / BLOCKS));
  const blocks = new Map<number, { startedAt: number; endsAt: number; count: number; compared: number }>();
  for (const { at, paths } of exchanges) {
    const block = Math.floor((at - first) / length);
    const startedAt = first + block * length;
    const known = blocks.get(block) ?? { startedAt, endsAt: startedAt + length, count: 0, compared: 0 };
    known.compared += 1;
    if (paths.includes(CAUSE_PATH)) known.count += 1;
    blocks.set(block, known);
  }
  return [...blocks.values()];
}

/** An attribute for short. */
export function attribute(source: AttributeSource, name: string, value: Attribute["value"]): Attribute {
  return { source, name, value };
}
