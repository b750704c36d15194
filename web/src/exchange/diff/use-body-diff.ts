import { useEffect, useState } from "react";
import type { BodyPair } from "../../../../src/presentation/bodies/diff-bodies.ts";
import type { BodyDiff } from "../../../../src/presentation/bodies/row-builder.ts";

interface Reply {
  readonly id: number;
  readonly diff: BodyDiff;
}

/** Started with the first exchange and kept for the next ones. */
let worker: Worker | undefined;
let lastId = 0;

function diffInWorker(pair: BodyPair, signal: AbortSignal): Promise<BodyDiff> {
  worker ??= new Worker(new URL("./diff-worker.ts", import.meta.url), { type: "module" });
  const target = worker;
  lastId += 1;
  const id = lastId;
  return new Promise((resolve, reject) => {
    target.addEventListener(
      "message",
      ({ data }: MessageEvent<Reply>) => {
        if (data.id === id) resolve(data.diff);
      },
      { signal },
    );
    target.addEventListener("error", (event) => reject(new Error(event.message)), { signal });
    target.postMessage({ id, pair });
  });
}

export interface DiffState {
  readonly diff: BodyDiff | undefined;
  readonly error: Error | null;
}

/** Compares two bodies in the worker. @param pair must be the same object while its content is */
export function useBodyDiff(pair: BodyPair): DiffState {
  const [state, setState] = useState<DiffState & { readonly of: BodyPair | undefined }>({
    diff: undefined,
    error: null,
    of: undefined,
  });
  useEffect(() => {
    const abort = new AbortController();
    diffInWorker(pair, abort.signal).then(
      (diff) => abort.signal.aborted || setState({ diff, error: null, of: pair }),
      (error: Error) => abort.signal.aborted || setState({ diff: undefined, error, of: pair }),
    );
    return () => abort.abort();
  }, [pair]);
  return state.of === pair ? state : { diff: undefined, error: null };
}
