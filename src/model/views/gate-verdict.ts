import type { Report, Verdict } from "../report.ts";

/** What a gate asks about: a run, or one endpoint of it. */
export interface GateQuestion {
  /** Method and path template; undefined for the run. */
  readonly endpoint?: string | undefined;
  /** Fewer compared exchanges never pass, in addition to the gate of the run. */
  readonly minCompared?: number | undefined;
}

/** The verdict for a tool that controls a rollout, with what it needs to log. */
export interface GateVerdict {
  readonly verdict: Verdict;
  /** The most important ones. */
  readonly reasons: readonly string[];
  readonly run: Pick<Report["run"], "id" | "name" | "startedAt" | "endedAt">;
  readonly candidate: string;
  /** Null if the verdict is about the run. */
  readonly endpoint: string | null;
  readonly compared: number;
  /** Noise included. */
  readonly differed: number;
  /** Further exchanges without a difference that a pass needs; null if more cannot help. */
  readonly needed: number | null;
}
