import { seeded } from "../lib/seeded.ts";

/** A known sequence for each question, so that one more question does not change the answers to the others. */
export function randomFor(seed: number, question: string): () => number {
  let hash = seed;
  for (const character of question) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return seeded(hash);
}

/** Standard normal values (Box & Muller 1958). */
export function normals(random: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
