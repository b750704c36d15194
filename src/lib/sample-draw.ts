import { stableDraw } from "./stable-draw.ts";

/**
 * The lot that an exchange draws for the reservoirs of all its differences, by its id: the same in every thread, and again
 * when a batch comes twice. Uniform in [0, 1).
 */
export function sampleDraw(id: string): number {
  return stableDraw("sample", id);
}
