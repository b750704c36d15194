import type { UseQueryResult } from "@tanstack/react-query";
import { useState, type ReactElement, type ReactNode } from "react";
import { useConnection } from "../data/connection-context.ts";
import { Banner } from "./banner.tsx";

/**
 * The last error of a query, until the query succeeds. React Query clears `error` while it retries a query without data,
 * which would make the error flicker on the screen at every retry.
 */
export function useLastError({ data, error }: Pick<UseQueryResult, "data" | "error">): Error | null {
  const [last, setLast] = useState(error);
  const current = error ?? (data === undefined ? last : null);
  if (current !== last) setLast(current);
  return current;
}

interface Props<T> {
  readonly query: Pick<UseQueryResult, "error"> & {
    readonly data: T | undefined;
    readonly refetch: () => unknown;
  };
  /** Object of the messages: `the report`. */
  readonly what: string;
  readonly children: (data: T) => ReactNode;
}

/**
 * Renders a query: loading, failed, or its data. While a refresh fails, the last data stays, with a banner above it, unless the
 * shell says already that the process cannot be reached.
 */
export function QueryState<T>({ query, what, children }: Props<T>): ReactElement {
  const error = useLastError(query);
  const { state } = useConnection();
  if (query.data === undefined) {
    if (error !== null) {
      return (
        <div className="empty-state empty-state-error" role="alert">
          <h2>Could not load {what}</h2>
          <p>{error.message}</p>
          <button type="button" onClick={() => void query.refetch()}>
            Retry
          </button>
        </div>
      );
    }
    return (
      <output className="empty-state">
        <span className="loading">Loading {what}…</span>
      </output>
    );
  }
  return (
    <>
      {error === null || (state !== "live" && state !== "connecting") ? null : (
        <Banner tone="bad" title={`Could not refresh ${what}.`}>
          {error.message}
        </Banner>
      )}
      {children(query.data)}
    </>
  );
}
