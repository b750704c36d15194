import { useQueries } from "@tanstack/react-query";
import { useState } from "react";
import type { EndpointPage, EndpointQuery, EndpointSummary } from "../../../src/model/views/endpoint-page.ts";
import { endpointsQuery, type ReportScope } from "../data/queries.ts";

const PAGE_ROWS = 50;

type Filter = { readonly [Name in "q" | "verdict" | "sort" | "dir"]?: EndpointQuery[Name] | undefined };

export interface EndpointRows {
  /** Undefined while its page is loading. */
  readonly rowAt: (index: number) => EndpointSummary | undefined;
  readonly matching: number;
  readonly counts: EndpointPage["counts"];
  readonly hasRoutes: boolean;
}

interface LoadedRows {
  /** Undefined until the first page is loaded. After a change of the filter, the rows of the last one until then. */
  readonly data: EndpointRows | undefined;
  readonly error: Error | null;
  readonly refetch: () => void;
}

/** Loads the pages of the rows on the screen, from `first` to `last`; live updates refresh only these. */
export function useEndpointRows(scope: ReportScope, filter: Filter, first: number, last: number): LoadedRows {
  const firstPage = Math.floor(first / PAGE_ROWS);
  const count = Math.floor(Math.max(first, last) / PAGE_ROWS) - firstPage + 1;
  const results = useQueries({
    queries: Array.from({ length: count }, (_, index) =>
      endpointsQuery(scope, { ...filter, offset: (firstPage + index) * PAGE_ROWS, limit: PAGE_ROWS }),
    ),
    combine: (pages) => ({
      pages: pages.flatMap(({ data }) => (data === undefined ? [] : [data])),
      error: pages.find(({ error }) => error !== null)?.error ?? null,
      refetch: () => pages.forEach((page) => void page.refetch()),
    }),
  });
  const [shown, setShown] = useState(results.pages);
  if (results.pages.length > 0 && !isSame(shown, results.pages)) setShown(results.pages);
  return { data: rowsOf(shown), error: results.error, refetch: results.refetch };
}

function isSame(one: readonly EndpointPage[], other: readonly EndpointPage[]): boolean {
  return one.length === other.length && one.every((page, index) => page === other[index]);
}

function rowsOf(pages: readonly EndpointPage[]): EndpointRows | undefined {
  const [page] = pages;
  if (page === undefined) return undefined;
  const byNumber = new Map(pages.map(({ offset, endpoints }) => [offset / PAGE_ROWS, endpoints]));
  return {
    rowAt: (index) => byNumber.get(Math.floor(index / PAGE_ROWS))?.[index % PAGE_ROWS],
    matching: page.matching,
    counts: page.counts,
    hasRoutes: page.hasRoutes,
  };
}
