import type { UseQueryResult } from "@tanstack/react-query";
import { useState } from "react";

/**
 * Why a query failed, until it succeeds. Its own `error` is gone while a query without data is tried again, and what is
 * on the screen would flicker at every attempt.
 */
export function useLastError({ data, error }: Pick<UseQueryResult, "data" | "error">): Error | null {
  const [last, setLast] = useState(error);
  const current = error ?? (data === undefined ? last : null);
  if (current !== last) setLast(current);
  return current;
}
