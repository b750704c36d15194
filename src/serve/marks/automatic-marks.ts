import { createMark } from "../../admin/marks/create-mark.ts";
import type { ControlChange } from "../../model/control.ts";
import type { Mark } from "../../model/explain/mark.ts";
import type { Run } from "../../model/run.ts";
import type { DownUpstream } from "../../model/status.ts";
import { formatNames } from "../../presentation/words/difference-words.ts";
import { failureText, upstreamText } from "../../presentation/words/failure-words.ts";
import { formatDuration } from "../../presentation/words/number-format.ts";
import type { StoreEdit } from "../../store/store.ts";
import type { Logger } from "../../telemetry/logger.ts";

/** The author of what happens without a person. */
const PROGRAM = "shadowdiff";

/** An event. By default it happened now, and the program did it. */
export type MarkedEvent = Pick<Mark, "kind" | "text"> & Partial<Pick<Mark, "at" | "subset" | "by">>;

export interface AutomaticMarksOptions {
  /** The name of this replica, the author of what it does without a person; undefined if the store is not shared. */
  readonly replica: string | undefined;
  readonly run: () => Run;
  /** Resolves to why it could not be written, or null. */
  readonly edit: (edit: StoreEdit) => Promise<string | null>;
  /** Called after each mark. */
  readonly onMark: () => void;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly log: Pick<Logger, "debug">;
}

/**
 * Marks what can explain a change in a run without anyone who reports it: reloads, changes of shares and rules, versions that go
 * down and come back, and the labels of a run. Of replicas, each marks what it was asked to do and what it sees itself.
 */
export class AutomaticMarks {
  readonly #options: AutomaticMarksOptions;

  constructor(options: AutomaticMarksOptions) {
    this.#options = options;
  }

  /** @param changed what is different now, such as `gate.parity: 0.99 → 0.999` */
  reloaded(changed: readonly string[]): void {
    if (changed.length === 0) return;
    this.#write({ kind: "configuration", text: `configuration reloaded: ${formatNames(changed)}` });
  }

  /** Mirroring was paused or resumed, or a share was changed. */
  controlChanged({ at, what, before, after, by, replica }: ControlChange): void {
    if (replica !== this.#options.replica) return;
    const text = what === "mirroring" ? `mirroring ${after}` : `${what}: ${before} → ${after}`;
    this.#write({ at, kind: "configuration", text, by });
  }

  /** Writes an edit, and marks it if it changes rules. @returns why it could not be written, or null */
  async edit(edit: StoreEdit): Promise<string | null> {
    const error = await this.#options.edit(edit);
    const isAboutRules = edit.type === "add-rule" || edit.type === "remove-rule" || edit.type === "rules";
    if (error === null && isAboutRules) {
      const { at, by, what } = edit.audit;
      this.#write({ at, kind: "configuration", text: what, by });
    }
    return error;
  }

  upstreamDown(upstream: DownUpstream): void {
    const text = `${upstreamText(upstream)} is down: ${failureText(upstream)}`;
    this.#write({ at: upstream.since, kind: "upstream", text, subset: upstream.subset });
  }

  /** @param downMs how long it was down */
  upstreamBack(upstream: DownUpstream, downMs: number): void {
    const text = `${upstreamText(upstream)} is back after ${formatDuration(downMs)}: ${upstream.address} responds again`;
    this.#write({ at: upstream.since + downMs, kind: "upstream", text, subset: upstream.subset });
  }

  /** A run began here; its labels name the versions. */
  runBegan({ startedAt, labels }: Run, by = this.#options.replica ?? PROGRAM): void {
    const texts = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
    if (texts.length > 0) this.#write({ at: startedAt, kind: "deployment", text: `run with ${texts.join(", ")}`, by });
  }

  /** Marks what the command that runs this program did. */
  add(event: MarkedEvent): void {
    this.#write(event);
  }

  #write(event: MarkedEvent): void {
    const { now, replica, run, edit, onMark, log } = this.#options;
    const mark = createMark({ at: now(), subset: null, by: replica ?? PROGRAM, ...event });
    const written = edit({ type: "mark", runId: run().id, mark, audit: null });
    void written.then((error) => {
      // The log says already that the store does not work.
      if (error !== null) return log.debug({ error, mark: mark.text }, "a mark was not stored");
      return onMark();
    });
  }
}
