import { createContext, useContext } from "react";
import type { Run } from "../../../src/model/run.ts";
import type { Status } from "../../../src/model/status.ts";

/** The run and the candidate that the whole page is about. */
export interface Selection {
  readonly run: Run;
  readonly candidate: string;
  /** Undefined while shadowdiff has not said how it is. */
  readonly status: Status | undefined;
}

export const SelectionContext = createContext<Selection | null>(null);

/** Only below the shell's `Chosen`, which provides it. */
export function useSelection(): Selection {
  const selection = useContext(SelectionContext);
  if (selection === null) throw new Error("no selection around this view");
  return selection;
}
