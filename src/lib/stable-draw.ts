const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const RANGE = 2 ** 32;

/**
 * A number that looks drawn by chance but is the same for the same text, in every thread and process: FNV-1a, and the
 * finalizer of MurmurHash3, without which similar texts give similar numbers.
 * @param purpose separates decisions: whoever is among 5 % for one of them is not so for another
 * @returns uniform in [0, 1)
 */
export function stableDraw(purpose: string, text: string): number {
  return mix(fnv(text, fnv("\u0000", fnv(purpose, FNV_OFFSET)))) / RANGE;
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
