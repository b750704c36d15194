const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const RANGE = 2 ** 32;

/**
 * Hashes a text to a number that looks random but is the same in every thread and process: FNV-1a with the finalizer of
 * MurmurHash3, which spreads similar texts over the whole range.
 * @param purpose makes draws independent: a key that falls into the first 5% for one purpose need not do so for another
 * @returns uniform in [0, 1)
 */
export function stableDraw(purpose: string, text: string): number {
  return mix(fnv(text, fnv("\u0000", fnv(purpose, FNV_OFFSET)))) / RANGE;
}

/**
 * The draw of an exchange for sampling, from its id. Every thread computes the same draw, even when a batch is delivered
 * twice. Uniform in [0, 1).
 */
export function sampleDraw(id: string): number {
  return stableDraw("sample", id);
}

function fnv(text: string, start: number): number {
  let hash = start;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), FNV_PRIME);
  return hash;
}

function mix(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
