import { seeded } from "../lib/seeded.ts";

/** A reproducible sequence for each simulation, so that a new simulation does not change the others. */
export function randomFor(seed: number, name: string): () => number {
  let hash = seed;
  for (const character of name) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return seeded(hash);
}

/** Standard normal values (Box & Muller 1958). */
export function normals(random: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Whether each of a sequence of events happens: a share of them, in runs of the same length. */
export function bursts(share: number, length: number, random: () => number): () => boolean {
  const chance = share / (length * (1 - share) + share);
  let left = 0;
  return () => {
    if (left > 0) left -= 1;
    else if (random() < chance) left = length - 1;
    else return false;
    return true;
  };
}
