import { useSyncExternalStore } from "react";

const DARK = "(prefers-color-scheme: dark)";

function subscribe(onChange: () => void): () => void {
  const media = matchMedia(DARK);
  media.addEventListener("change", onChange);
  return () => media.removeEventListener("change", onChange);
}

/** Whether the color scheme is dark; a canvas does not follow it on its own. */
export function useDarkScheme(): boolean {
  return useSyncExternalStore(subscribe, () => matchMedia(DARK).matches);
}
