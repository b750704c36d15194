import { setTimeout as sleep } from "node:timers/promises";
import { unreachable } from "../../lib/unreachable.ts";
import type { Isolation, IsolationPreview, IsolationRefusal } from "../../model/isolate/isolation.ts";
import type { TypedSecrets } from "../../presentation/exchange/fill-masked.ts";
import type { SampleSummary } from "../../store/store.ts";
import { escapeText } from "../../report/render/text/terminal-text.ts";
import { EXIT_INCONCLUSIVE, EXIT_INTERRUPTED, EXIT_OK, EXIT_USAGE } from "../exit-codes.ts";
import { chooseCause } from "../explain/choose-cause.ts";
import { targetNames } from "../../presentation/exchange/target-names.ts";
import { terminalQuestions } from "../init/terminal-questions.ts";
import { loadReport } from "../report/load-report.ts";
import { requestAdmin, type AdminRequest } from "../terminal/admin-client.ts";
import { CommandError, type CommandIo } from "../terminal/command-io.ts";
import { awaitInterruption } from "../terminal/interruption.ts";
import { readSecrets } from "../terminal/typed-secrets.ts";
import { isolationText, progressLine } from "./isolation-text.ts";

export interface IsolateOptions {
  /** Signature, how it begins, or words of the title. */
  readonly cause: string;
  /** Admin address. */
  readonly url: string;
  readonly token?: string | undefined;
  readonly candidate?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly sample?: string | undefined;
  readonly arm?: boolean | undefined;
  /** `place=variable`. */
  readonly secret?: readonly string[] | undefined;
  readonly method?: readonly string[] | undefined;
  readonly maxProbes?: number | undefined;
  readonly yes?: boolean | undefined;
  readonly format: "text" | "json";
}

const POLL_MS = 300;

/**
 * Isolates a cause in a running shadowdiff, with its progress on `io.err` and the result on `io.out`.
 * @returns exit code 0 if it was isolated, 3 if it was not, 2 with a line on `io.err` if it could not begin, 130 if interrupted,
 *   which stops it
 */
export async function runIsolate(options: IsolateOptions, io: CommandIo): Promise<number> {
  try {
    const body = await orderOf(options, io);
    if (!(await isConfirmed(body, options))) return EXIT_USAGE;
    const { id } = (await send(options, { path: "api/v1/isolations", post: { ...body, confirm: true } })) as Isolation;
    return await follow(id, options, io);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    io.err(`${escapeText(error.message)}\n`);
    return EXIT_USAGE;
  }
}

interface Order extends Pick<IsolateOptions, "candidate" | "endpoint" | "maxProbes"> {
  readonly signature: string;
  readonly sampleId: string | null;
  readonly methods: readonly string[] | undefined;
  readonly secrets: TypedSecrets;
}

/** @throws {CommandError} if there is no such cause, sample or variable */
async function orderOf(options: IsolateOptions, io: CommandIo): Promise<Order> {
  const { url, token, candidate, endpoint, maxProbes, method: methods, sample, arm = false } = options;
  if (arm && sample !== undefined) throw new CommandError("--arm waits for a live request; leave out --sample");
  const selection = { url, token, candidate, run: "current" };
  const { signature } = await loadReport(selection, io, ({ report }) =>
    Promise.resolve(chooseCause(report, options.cause)),
  );
  const secrets = readSecrets(options.secret);
  const sampleId = arm ? null : (sample ?? (await newestSample(options, signature)));
  return { signature, sampleId, candidate, endpoint, maxProbes, methods, secrets };
}

async function newestSample(options: IsolateOptions, signature: string): Promise<string> {
  const { candidate, endpoint } = options;
  const query = { cause: signature, candidate, endpoint, limit: "1" };
  const { samples } = (await send(options, { path: "api/v1/samples", query })) as { samples: SampleSummary[] };
  const [newest] = samples;
  if (newest !== undefined) return newest.id;
  throw new CommandError("no sample has this cause; use --arm to begin with the next live request");
}

/** @throws {CommandError} if it may not begin, or cannot be confirmed */
async function isConfirmed(body: Order, options: IsolateOptions): Promise<boolean> {
  const preview = (await send(options, { path: "api/v1/isolations/preview", post: body })) as IsolationPreview;
  const { refusal, isOptedIn, maxProbes, perSecond, method, endpoint, targets } = preview;
  if (refusal !== null) throw new CommandError(`${refusal.message} ${remedyOf(refusal, method)}`);
  if (isOptedIn || options.yes === true) return true;
  const names = targetNames(targets);
  const plan = `up to ${maxProbes} ${method} requests to ${endpoint}, ${perSecond} per second, go to ${names}`;
  const questions = terminalQuestions();
  if (questions === undefined) throw new CommandError(`${plan}; confirm it with --yes, or set isolate.enabled`);
  const answer = await questions.ask(escapeText(`${plan}. Go on? (y/N) `));
  questions.close();
  return /^y(?:es)?$/i.test(answer?.trim() ?? "");
}

/** In terms of the command line. */
function remedyOf({ reason, remedy }: IsolationRefusal, method: string): string {
  switch (reason) {
    case "method":
      return `If that does no harm, allow it with --method ${method}, or add it to isolate.methods.`;
    case "needed":
      return 'Give their values with --secret "place=VARIABLE", or use --arm, which takes the next live request.';
    case "paused":
      return "Resume it on the dashboard or with the API, then try again.";
    case "breaker":
    case "route":
      return remedy;
  }
  return unreachable(reason);
}

async function follow(id: string, options: IsolateOptions, io: CommandIo): Promise<number> {
  const path = `api/v1/isolations/${id}`;
  const interruption = awaitInterruption();
  let isInterrupted = false;
  const interrupted = interruption.code.then(() => (isInterrupted = true));
  let shown = "";
  try {
    for (;;) {
      const isolation = (await send(options, { path })) as Isolation;
      if (isolation.endedAt !== null) return finish(isolation, options, io);
      const line = progressLine(isolation);
      if (line !== shown) io.err(`${line}\n`);
      shown = line;
      await Promise.race([sleep(POLL_MS), interrupted]);
      if (!isInterrupted) continue;
      finish((await send(options, { path, method: "DELETE" })) as Isolation, options, io);
      return EXIT_INTERRUPTED;
    }
  } finally {
    interruption.stop();
  }
}

function finish(isolation: Isolation, { format }: IsolateOptions, io: CommandIo): number {
  io.out(format === "json" ? `${JSON.stringify(isolation, null, 2)}\n` : isolationText(isolation));
  return isolation.state === "isolated" ? EXIT_OK : EXIT_INCONCLUSIVE;
}

async function send({ url, token }: IsolateOptions, request: AdminRequest): Promise<object> {
  return (await requestAdmin(url, { ...request, token })).body;
}
