import { labels as labelsType } from "../../config/values/labels.ts";
import { EXIT_OK, EXIT_USAGE } from "../exit-codes.ts";
import type { Run } from "../../model/run.ts";
import { escapeText } from "../../report/render/terminal-text.ts";
import { requestAdmin } from "../terminal/admin-client.ts";
import type { CommandIo } from "../terminal/io.ts";
import { CommandError } from "../terminal/report-error.ts";
import { readStore } from "../terminal/store-file.ts";
import { textTable } from "../terminal/text-table.ts";

/** Mirrored requests that are open are waited for, and what was captured is stored, before the answer comes. */
const SWITCH_MS = 60_000;

export interface AskOptions {
  /** Admin address. */
  readonly url: string;
  readonly token?: string | undefined;
}

export interface StartOptions extends AskOptions {
  readonly name?: string | undefined;
  /** `key=value` each. */
  readonly label?: readonly string[] | undefined;
}

export interface ListOptions {
  readonly store?: string | undefined;
  readonly url?: string | undefined;
  readonly token?: string | undefined;
  readonly format: "text" | "json";
}

/** Ends the current run of a running shadowdiff and begins another one. @returns the exit code: 0, or 2 with a line on `io.err` */
export function startRun({ url, token, name, label = [] }: StartOptions, io: CommandIo): Promise<number> {
  return printResult(io, async () => {
    const labels = labelsType.parse(label);
    if ("problem" in labels) throw new CommandError(`--label: ${labels.problem} (allowed: ${labelsType.allowed})`);
    const body = { labels: labels.value, ...(name !== undefined && { name }) };
    return switchText(await askSwitch(url, "api/v1/runs", body, token));
  });
}

/** Ends the current run of a running shadowdiff; one without a name goes on. @returns the exit code, as of `startRun` */
export function endRun({ url, token }: AskOptions, io: CommandIo): Promise<number> {
  return printResult(io, async () => switchText(await askSwitch(url, "api/v1/runs/current/end", {}, token)));
}

/** Lists the runs of a store or of a running shadowdiff. @returns the exit code, as of `startRun` */
export function listRuns(options: ListOptions, io: CommandIo): Promise<number> {
  return printResult(io, async () => {
    const runs =
      options.url === undefined
        ? readStore(options.store, (reader) => reader.runs())
        : await askRuns(options.url, options.token);
    if (options.format === "json") return `${JSON.stringify(runs, null, 2)}\n`;
    return `${textTable([HEAD, ...runs.map(row)].map((cells) => cells.map((cell) => [cell]))).join("\n")}\n`;
  });
}

const HEAD = ["RUN", "NAME", "BEGUN", "ENDED", "CANDIDATES", "LABELS"];

function row({ id, name, startedAt, endedAt, candidates, labels }: Run): string[] {
  return [
    id,
    name === id ? "" : name,
    timeText(startedAt),
    endedAt === null ? "" : timeText(endedAt),
    candidates.join(", "),
    labelsText(labels),
  ];
}

function timeText(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace("T", " ");
}

function labelsText(labels: Run["labels"]): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(" ");
}

interface Switch {
  readonly ended: Run;
  readonly current: Run;
}

function switchText({ ended, current }: Switch): string {
  return escapeText(`ended ${nameOf(ended)}, begun ${nameOf(current)}`) + "\n";
}

function nameOf({ id, name }: Run): string {
  return name === id ? id : `${id} (${name})`;
}

async function askSwitch(url: string, path: string, post: object, token: string | undefined): Promise<Switch> {
  const { answer, target } = await requestAdmin(url, { path, post, token, timeoutMs: SWITCH_MS });
  if (typeof answer === "object" && answer !== null && "ended" in answer && "current" in answer)
    return answer as Switch;
  throw new CommandError(`${target.href} is no shadowdiff: --url must be its admin address`);
}

async function askRuns(url: string, token: string | undefined): Promise<readonly Run[]> {
  const { answer, target } = await requestAdmin(url, { path: "api/v1/runs", token });
  const { runs } = (answer ?? {}) as { runs?: unknown };
  if (Array.isArray(runs)) return runs as Run[];
  throw new CommandError(`${target.href} is no shadowdiff: --url must be its admin address`);
}

/** Prints what work gives, or why it gives nothing. @returns the exit code: 0, or 2 with a line on `io.err` */
export async function printResult(io: CommandIo, work: () => Promise<string>): Promise<number> {
  try {
    io.out(await work());
    return EXIT_OK;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    io.err(`${escapeText(error.message)}\n`);
    return EXIT_USAGE;
  }
}
