import { useNavigate } from "@tanstack/react-router";
import type { CauseSearch } from "../search-params.ts";
import { useKeys } from "../ui/use-keys.ts";

/** In the URL: the next live request is to be isolated. */
export const LIVE = "live";

/** The keys of the page of a cause: they change its URL, as its links do. */
export function useCauseKeys(signature: string): void {
  const navigate = useNavigate();
  const show = (change: Partial<CauseSearch>): void =>
    void navigate({
      to: "/causes/$signature",
      params: { signature },
      search: (last) => ({ ...last, ...change }),
      resetScroll: false,
    });
  useKeys("Cause", {
    i: () => {
      const inFocus = document.activeElement?.closest<HTMLElement>("[data-sample]");
      const newest = document.querySelector<HTMLElement>("[data-sample]");
      const id = (inFocus ?? newest)?.dataset["sample"];
      if (id !== undefined) show({ isolate: id });
    },
    l: () => show({ isolate: LIVE }),
    Escape: () => show({ finding: undefined }),
  });
}
