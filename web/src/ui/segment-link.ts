import type { LinkProps } from "@tanstack/react-router";

/** Props of a link in a segmented control: marked as current only if the URL, including its query, is equal. */
export const SEGMENT_LINK = {
  replace: true,
  resetScroll: false,
  activeOptions: { exact: true, includeSearch: true },
} as const satisfies LinkProps;
