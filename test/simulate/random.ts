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
