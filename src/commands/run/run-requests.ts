import { labels as labelsType } from "../../config/values/labels.ts";
import type { Mark } from "../../model/explain/mark.ts";
import type { Run } from "../../model/run.ts";
import { formatNames } from "../../presentation/words/difference-words.ts";
import { escapeText } from "../../report/render/text/terminal-text.ts";
import { notShadowdiff, requestAdmin } from "../terminal/admin-client.ts";
import { CommandError, printResult, type CommandIo } from "../terminal/command-io.ts";
import { readStore } from "../terminal/read-store.ts";
import { textTable } from "../terminal/text-table.ts";
import type { MarkOptions } from "./mark-options.ts";

/** The server waits for mirrored requests in flight and stores all captures before it responds. */
const SWITCH_TIMEOUT_MS = 60_000;

export interface AdminOptions {
  /** Admin address. */
  readonly url: string;
  readonly token?: string | undefined;
}

export interface StartOptions extends AdminOptions {
  readonly name?: string | undefined;
  /** `key=value`. */
  readonly label?: readonly string[] | undefined;
}

export interface ListOptions {
  readonly store?: string | undefined;
  readonly url?: string | undefined;
  readonly token?: string | undefined;
  readonly format: "text" | "json";
}

/** Ends the current run of a running shadowdiff and starts another. @returns exit code 0, or 2 with a line on `io.err` */
export function startRun({ url, token, name, label = [] }: StartOptions, io: CommandIo): Promise<number> {
  return printResult(io, async () => {
    const labels = labelsType.parse(label);
    if ("problem" in labels) throw new CommandError(`--label: ${labels.problem} (allowed: ${labelsType.allowed})`);
    const body = { labels: labels.value, ...(name !== undefined && { name }) };
    return switchText(await postRunSwitch(url, "api/v1/runs", body, token));
  });
}

/** Ends the current run of a running shadowdiff and starts an unnamed one. @returns the exit code, like `startRun` */
export function endRun({ url, token }: AdminOptions, io: CommandIo): Promise<number> {
  return printResult(io, async () => switchText(await postRunSwitch(url, "api/v1/runs/current/end", {}, token)));
}

/** Marks what happened in a run of a running shadowdiff. @returns the exit code, like `startRun` */
export function markRun({ url, token, run, ...post }: MarkOptions, io: CommandIo): Promise<number> {
  return printResult(io, async () => {
    const { body, target } = await requestAdmin(url, { path: "api/v1/events/marks", query: { run }, post, token });
    if (!("mark" in body)) throw notShadowdiff(target);
    const { at, kind, text } = body.mark as Mark;
    return escapeText(`marked ${timeText(at)} UTC (${kind}): ${text}`) + "\n";
  });
}

/** Lists the runs of a store or of a running shadowdiff. @returns the exit code, like `startRun` */
export function listRuns(options: ListOptions, io: CommandIo): Promise<number> {
  return printResult(io, async () => {
    const runs =
      options.url === undefined
        ? await readStore(options.store, (reader) => reader.runs(), io)
        : await fetchRuns(options.url, options.token);
    if (options.format === "json") return `${JSON.stringify(runs, null, 2)}\n`;
    return `${textTable([HEAD, ...runs.map(row)].map((cells) => cells.map((cell) => [cell]))).join("\n")}\n`;
  });
}

const HEAD = ["RUN", "NAME", "STARTED", "ENDED", "CANDIDATES", "LABELS"];

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

interface RunSwitch {
  readonly ended: Run;
  readonly current: Run;
  /** Names of the replicas that do not count to the new run yet. */
  readonly waiting?: readonly string[];
}

function switchText({ ended, current, waiting = [] }: RunSwitch): string {
  const late =
    waiting.length === 0 ? "" : `; ${formatNames(waiting)} will follow when the earlier exchanges are stored`;
  return escapeText(`ended ${nameOf(ended)}, started ${nameOf(current)}${late}`) + "\n";
}

function nameOf({ id, name }: Run): string {
  return name === id ? id : `${id} (${name})`;
}

async function postRunSwitch(url: string, path: string, post: object, token: string | undefined): Promise<RunSwitch> {
  const { body, target } = await requestAdmin(url, { path, post, token, timeoutMs: SWITCH_TIMEOUT_MS });
  if ("ended" in body && "current" in body) return body as RunSwitch;
  throw notShadowdiff(target);
}

async function fetchRuns(url: string, token: string | undefined): Promise<readonly Run[]> {
  const { body, target } = await requestAdmin(url, { path: "api/v1/runs", token });
  if ("runs" in body && Array.isArray(body.runs)) return body.runs as Run[];
  throw notShadowdiff(target);
}
