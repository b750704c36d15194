import type { ReactElement } from "react";
import type { RunSwitch } from "../data/run-changes.ts";

/** Says which replicas still count to the run that was ended. */
export function LateReplicas({ change }: { readonly change: RunSwitch | undefined }): ReactElement | null {
  const { waiting = [] } = change ?? {};
  if (waiting.length === 0) return null;
  return (
    <output className="hint">
      Not yet on {waiting.join(", ")}: until they follow, their requests count to the run that has ended.
    </output>
  );
}
