import { compareBodies } from "../../../../src/compare/compare-body.ts";
import { bodyOf, type BodyParts } from "../bodies.ts";
import { Random } from "./random.ts";

/** A document as it is sent. */
interface Written extends BodyParts {
  readonly content: string | Uint8Array;
}

/** How random documents of a format are made, and what makes two of them equal. */
export interface ExactFormat<Document> {
  create(random: Random): Document;
  /** A change of the content; it can happen to change nothing. */
  change(document: Document, random: Random): Document;
  /** One of many spellings of the same content. */
  write(document: Document, random: Random): Written;
  /**
   * What a reader of the format sees, by code that is independent of the parser and of the library that the parser uses.
   * @param document tells only what no reader can know, such as the dialect
   */
  canonical(written: Written, document: Document): string | Promise<string>;
}

/** Three spellings of a document, two of a changed one and one of another change: 15 pairs, 4 of them equal at least. */
const SPELLINGS = [3, 2, 1] as const;
const ROUNDS = 1_400;
/** Their documents are read together, which saves turns of a reader in another process. */
const ROUNDS_PER_TURN = 20;

export interface PairCounts {
  readonly pairs: number;
  /** Shares of the pairs. */
  readonly equal: number;
  readonly different: number;
}

/** Compares pairs of documents. @throws an error with both documents where trees and canonical forms do not agree */
export async function comparePairs<Document>(format: ExactFormat<Document>, seed: number): Promise<PairCounts> {
  const random = new Random(seed);
  let [pairs, equal] = [0, 0];
  for (let round = 0; round < ROUNDS; round += ROUNDS_PER_TURN) {
    const rounds = Array.from({ length: ROUNDS_PER_TURN }, () => writeRound(format, random));
    // oxlint-disable-next-line no-await-in-loop
    const read = await Promise.all(rounds.map((all) => readRound(format, all)));
    for (const [left, right] of read.flatMap(pairsOf)) {
      assertExact(left, right);
      pairs += 1;
      equal += Number(left.canonical === right.canonical);
    }
  }
  return { pairs, equal: equal / pairs, different: 1 - equal / pairs };
}

interface Spelled<Document> {
  readonly document: Document;
  readonly written: Written;
}

interface Read {
  readonly written: Written;
  readonly canonical: string;
  readonly body: ReturnType<typeof bodyOf>;
}

function writeRound<Document>(format: ExactFormat<Document>, random: Random): readonly Spelled<Document>[] {
  const document = format.create(random);
  const changed = format.change(document, random);
  const documents = [document, changed, format.change(random.chance(0.5) ? document : changed, random)];
  return documents.flatMap((one, at) =>
    Array.from({ length: SPELLINGS[at] ?? 0 }, () => ({ document: one, written: format.write(one, random) })),
  );
}

function readRound<Document>(
  format: ExactFormat<Document>,
  spelled: readonly Spelled<Document>[],
): Promise<readonly Read[]> {
  return Promise.all(
    spelled.map(async ({ document, written }) => {
      return { written, canonical: await format.canonical(written, document), body: bodyOf(written.content, written) };
    }),
  );
}

function pairsOf(all: readonly Read[]): readonly (readonly [Read, Read])[] {
  return all.flatMap((left, at) => all.slice(at + 1).map((right) => [left, right] as const));
}

function assertExact(left: Read, right: Read): void {
  const [found, mirrored] = [compareBodies(left.body, right.body), compareBodies(right.body, left.body)];
  const matches = found.differences.length === 0;
  if (matches === (left.canonical === right.canonical) && matches === (mirrored.differences.length === 0)) return;
  const paths = found.differences.map(({ kind, path }) => `${kind} ${path}`);
  throw new Error(`${matches ? "a silent match" : `a false alarm at ${paths.join()}`}\n${show(left)}\n${show(right)}`);
}

function show({ written, canonical }: Read): string {
  const { content, type } = written;
  const text = typeof content === "string" ? content : Buffer.from(content).toString("latin1");
  return `${type}: ${JSON.stringify(text)}\n  = ${canonical}`;
}
