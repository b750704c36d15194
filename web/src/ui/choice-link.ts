import type { LinkProps } from "@tanstack/react-router";

/** For links that stand for one state of this very page: active, and told so to a screen reader, in exactly that state. */
export const CHOICE = {
  replace: true,
  resetScroll: false,
  activeOptions: { exact: true, includeSearch: true },
} as const satisfies LinkProps;
