import type { BlockExtent } from "../block-layout.ts";
import { IntegerReader, IntegerWriter } from "./packed-integers.ts";

/** A block with its packed counts. */
export interface PackedBlock extends BlockExtent {
  /** Of the last change. */
  readonly version: number;
  readonly counts: Uint8Array;
}

/** Packs blocks into one row: of each level, first slot, version and length of its counts, then the counts. */
export function packRecentBlocks(blocks: readonly PackedBlock[]): Uint8Array {
  const writer = new IntegerWriter();
  for (const { level, first, version, counts } of blocks) {
    writer.write(level);
    writer.write(first);
    writer.write(version);
    writer.write(counts.length);
    writer.writeBytes(counts);
  }
  return writer.take();
}

export function unpackRecentBlocks(packed: Uint8Array): PackedBlock[] {
  const reader = new IntegerReader(packed);
  const blocks: PackedBlock[] = [];
  while (!reader.isAtEnd) {
    const [level, first, version] = [reader.read(), reader.read(), reader.read()];
    blocks.push({ level, first, version, counts: reader.readBytes(reader.read()) });
  }
  return blocks;
}
