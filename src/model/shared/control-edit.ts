import type { ControlChange, ControlState, PercentOverride } from "../control.ts";

/** Changes that are listed; the logs contain all of them. */
const MAX_LISTED_CHANGES = 50;

/** A change of the control by a person. Changes of different keys never undo each other; of one key, the last one holds. */
export type ControlEdit = (
  | { readonly type: "pause"; readonly paused: boolean }
  | {
      readonly type: "percent";
      readonly route: string;
      readonly candidate: string;
      /** Null restores the configured percentage. */
      readonly percent: number | null;
      readonly configured: number;
    }
) &
  Pick<ControlChange, "at" | "by" | "replica">;

/** The control with the latest changes of it, newest first. */
export interface ListedControl {
  readonly control: ControlState;
  readonly changes: readonly ControlChange[];
}

/** Applies an edit. An edit that is applied already, because its answer was lost, changes nothing. */
export function applyControlEdit({ control, changes }: ListedControl, edit: ControlEdit): ListedControl {
  const change = { at: edit.at, ...textsOf(control, edit), by: edit.by, replica: edit.replica };
  if (hasChange(changes, change)) return { control, changes };
  return { control: controlWith(control, edit), changes: listChanges([change], changes) };
}

/** @returns the newest changes of both lists, as many as are listed */
export function listChanges(
  newer: readonly ControlChange[],
  older: readonly ControlChange[],
): readonly ControlChange[] {
  return [...newer, ...older].slice(0, MAX_LISTED_CHANGES);
}

/** Whether the list has a change. What was before it can be another value once it is stored, and does not count. */
export function hasChange(changes: readonly ControlChange[], { at, what, after, by, replica }: ControlChange): boolean {
  return changes.some(
    (known) =>
      known.at === at && known.what === what && known.after === after && known.by === by && known.replica === replica,
  );
}

/** How the list of changes names a candidate. */
export function candidateText({ route, candidate }: Pick<PercentOverride, "route" | "candidate">): string {
  return `${route} → ${candidate}`;
}

export function isOverrideFor(
  override: PercentOverride,
  target: Pick<PercentOverride, "route" | "candidate">,
): boolean {
  return override.route === target.route && override.candidate === target.candidate;
}

function controlWith(control: ControlState, edit: ControlEdit): ControlState {
  if (edit.type === "pause") return { ...control, paused: edit.paused };
  const { route, candidate, percent } = edit;
  const others = control.percents.filter((each) => !isOverrideFor(each, edit));
  return { ...control, percents: percent === null ? others : [...others, { route, candidate, percent }] };
}

function textsOf(control: ControlState, edit: ControlEdit): Pick<ControlChange, "what" | "before" | "after"> {
  if (edit.type === "pause") {
    return { what: "mirroring", before: stateText(control.paused), after: stateText(edit.paused) };
  }
  const before = control.percents.find((each) => isOverrideFor(each, edit))?.percent ?? null;
  return {
    what: candidateText(edit),
    before: shareText(before, edit.configured),
    after: shareText(edit.percent, edit.configured),
  };
}

function stateText(paused: boolean): string {
  return paused ? "paused" : "on";
}

function shareText(override: number | null, configured: number): string {
  return override === null ? `${configured}% (configured)` : `${override}%`;
}
