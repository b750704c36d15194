import type { IsolationPreview } from "../../model/isolate/isolation.ts";

/** Where requests go, in words: `primary v1 (http://127.0.0.1:9001), candidate (http://127.0.0.1:9002)`. */
export function targetNames(targets: IsolationPreview["targets"]): string {
  return targets
    .map(({ role, subset, url }) => (role === subset ? `${role} (${url})` : `${role} ${subset} (${url})`))
    .join(", ");
}
