import { cookieValue, fieldValue } from "../http/read-header.ts";
import { queryValue } from "../http/request-target.ts";
import { unreachable } from "../lib/unreachable.ts";
import { stableDraw } from "../lib/stable-draw.ts";
import type { RawHeaders } from "../model/capture.ts";
import type { StickyKey } from "../model/routing.ts";

/**
 * Draws for a request with a sticky key: equal keys get equal draws.
 * @param purpose see `stableDraw`
 * @returns uniform in [0, 1) over keys, or undefined when the request has no key
 */
export function stickyDraw(
  purpose: string,
  key: StickyKey,
  { target, headers }: { readonly target: string; readonly headers: RawHeaders },
): number | undefined {
  const value = valueOf(key, target, headers);
  return value === undefined ? undefined : stableDraw(purpose, value);
}

function valueOf(key: StickyKey, target: string, headers: RawHeaders): string | undefined {
  switch (key.type) {
    case "header":
      return fieldValue(headers, key.name.toLowerCase());
    case "cookie":
      return cookieValue(headers, key.name);
    case "query":
      return queryValue(target, key.name);
  }
  return unreachable(key);
}
