import { diffBodies, type BodyPair } from "../../../../src/presentation/bodies/diff-bodies.ts";

/** Compares bodies outside of the page's thread: a megabyte takes longer than a frame. */
addEventListener("message", ({ data }: MessageEvent<{ readonly id: number; readonly pair: BodyPair }>) => {
  postMessage({ id: data.id, diff: diffBodies(data.pair) });
});
