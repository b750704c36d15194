import { useEffect, useReducer, useState } from "react";
import type { TailBatch, TailFilter, TailRow } from "../../../src/model/views/tail.ts";
import { streamProblem } from "../data/api-client.ts";

/** Older rows are dropped from the page. */
export const MAX_ROWS = 500;
/** An EventSource closes permanently after an HTTP error; a new one is opened after this delay. */
const REOPEN_MS = 2_000;

/** A row with a number that React can tell it by. */
export interface NumberedRow extends TailRow {
  readonly number: number;
}

interface TailState {
  /** Newest first. */
  readonly rows: readonly NumberedRow[];
  /** What has arrived during a pause, newest first. */
  readonly waiting: readonly NumberedRow[];
  /** Exchanges that matched the filter and are not shown: beyond the rate, or older than the rows kept. */
  readonly more: number;
  readonly isPaused: boolean;
  readonly nextNumber: number;
}

type TailEvent =
  | { readonly type: "batch"; readonly batch: TailBatch }
  | { readonly type: "pause"; readonly isPaused: boolean }
  | { readonly type: "clear" };

const EMPTY: TailState = { rows: [], waiting: [], more: 0, isPaused: false, nextNumber: 0 };

export interface Tail extends TailState {
  readonly isOpen: boolean;
  /** Why the server refuses the tail; it is asked for again on a timer. */
  readonly problem: Error | null;
  setPaused(isPaused: boolean): void;
}

/** Follows the live tail with a filter. A change of the filter starts again, without rows. */
export function useTail({ candidate, differing, endpoint, status, text }: TailFilter): Tail {
  const [state, tell] = useReducer(nextState, EMPTY);
  const [isOpen, setIsOpen] = useState(false);
  const [problem, setProblem] = useState<Error | null>(null);
  useEffect(() => {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries({ candidate, endpoint, status, text })) {
      if (value !== undefined) query.set(name, value);
    }
    if (differing === true) query.set("differing", "true");
    tell({ type: "clear" });
    return followTail(query, {
      onOpen: setIsOpen,
      onProblem: setProblem,
      onBatch: (batch) => tell({ type: "batch", batch }),
    });
  }, [candidate, differing, endpoint, status, text]);
  return {
    ...state,
    isOpen,
    problem: isOpen ? null : problem,
    setPaused: (isPaused) => tell({ type: "pause", isPaused }),
  };
}

interface TailListener {
  readonly onOpen: (isOpen: boolean) => void;
  readonly onProblem: (problem: Error | null) => void;
  readonly onBatch: (batch: TailBatch) => void;
}

/** @returns a function that closes the stream */
function followTail(query: URLSearchParams, { onOpen, onProblem, onBatch }: TailListener): () => void {
  const url = `/api/v1/tail?${query.toString()}`;
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const close = (): void => {
    clearTimeout(timer);
    source?.close();
    onOpen(false);
  };
  const open = (): void => {
    close();
    source = new EventSource(url);
    source.addEventListener("open", () => onOpen(true));
    source.addEventListener("exchanges", ({ data }: MessageEvent<string>) => onBatch(JSON.parse(data) as TailBatch));
    source.addEventListener("error", () => {
      onOpen(false);
      if (source?.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(open, REOPEN_MS);
      void streamProblem(url).then(onProblem);
    });
  };
  // The tail of a hidden page costs the process nothing.
  const followVisibility = (): void => (document.hidden ? close() : open());
  followVisibility();
  document.addEventListener("visibilitychange", followVisibility);
  return () => {
    document.removeEventListener("visibilitychange", followVisibility);
    close();
  };
}

function nextState(state: TailState, event: TailEvent): TailState {
  switch (event.type) {
    case "clear":
      return { ...EMPTY, isPaused: state.isPaused, nextNumber: state.nextNumber };
    case "pause":
      return event.isPaused ? { ...state, isPaused: true } : resume(state);
    case "batch":
    default:
      return addBatch(state, event.batch);
  }
}

function resume(state: TailState): TailState {
  const { rows, waiting, more } = state;
  const all = [...waiting, ...rows];
  return {
    ...state,
    rows: all.slice(0, MAX_ROWS),
    waiting: [],
    more: more + Math.max(0, all.length - MAX_ROWS),
    isPaused: false,
  };
}

function addBatch(state: TailState, { rows, more }: TailBatch): TailState {
  if (rows.length === 0 && more === 0) return state;
  const numbered = rows.map((row, index) => ({ ...row, number: state.nextNumber + index })).toReversed();
  const target = state.isPaused ? "waiting" : "rows";
  const all = [...numbered, ...state[target]];
  return {
    ...state,
    [target]: all.slice(0, MAX_ROWS),
    more: state.more + more + Math.max(0, all.length - MAX_ROWS),
    nextNumber: state.nextNumber + rows.length,
  };
}
