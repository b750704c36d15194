import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactElement, ReactNode } from "react";
import { useLastError } from "./use-last-error.ts";

interface Props<T> {
  readonly query: UseQueryResult<T>;
  /** What is being loaded, for the sentence: `the report`. */
  readonly what: string;
  readonly children: (data: T) => ReactNode;
}

/** Loading, failed, or there. Data that is there stays on the screen while a refresh fails, with a note above it. */
export function QueryState<T>({ query, what, children }: Props<T>): ReactElement {
  const error = useLastError(query);
  if (query.data === undefined) {
    if (error !== null) {
      return (
        <div className="state state-error" role="alert">
          <h2>Cannot show {what}</h2>
          <p>{error.message}</p>
          <button type="button" onClick={() => void query.refetch()}>
            Try again
          </button>
        </div>
      );
    }
    return (
      <output className="state">
        <span className="loading">Loading {what}…</span>
      </output>
    );
  }
  return (
    <>
      {error === null ? null : (
        <p className="banner banner-bad" role="alert">
          <strong>Showing the last known state of {what}.</strong> {error.message}
        </p>
      )}
      {children(query.data)}
    </>
  );
}
