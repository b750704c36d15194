import { createContext, useContext } from "react";
import type { Run } from "../../../src/model/run.ts";
import type { Status } from "../../../src/model/status.ts";

/** The run and candidate selected in the header; every screen but mirror control shows them. */
export interface Selection {
  readonly run: Run;
  readonly candidate: string;
  /** Undefined until the first response of `/api/v1/status`. */
  readonly status: Status | undefined;
}

export const SelectionContext = createContext<Selection | null>(null);

/** @throws outside of the shell's `SelectedRun`, which provides the selection */
export function useSelection(): Selection {
  const selection = useContext(SelectionContext);
  if (selection === null) throw new Error("useSelection outside of SelectionContext");
  return selection;
}
