import type { Resend, ResendOutcome, ResendPreview } from "../../model/isolate/resend.ts";
import type { CauseReport } from "../../model/report.ts";
import { CURRENT_RUN } from "../../model/run.ts";
import { causeHandle } from "../../presentation/explain/cause-explanations.ts";
import { escapeText } from "../../report/render/text/terminal-text.ts";
import type { SampleSummary } from "../../store/store.ts";
import { EXIT_INCONCLUSIVE, EXIT_OK, EXIT_REGRESSION, EXIT_USAGE } from "../exit-codes.ts";
import { chooseCause } from "../explain/choose-cause.ts";
import { terminalQuestions } from "../init/terminal-questions.ts";
import { loadReport } from "../report/load-report.ts";
import { type AdminRequest, notShadowdiff, requestAdmin } from "../terminal/admin-client.ts";
import { CommandError, type CommandIo } from "../terminal/command-io.ts";
import { readSecrets } from "../terminal/typed-secrets.ts";
import { resendText } from "./resend-text.ts";

export interface ResendOptions {
  /** Default: the newest one. */
  readonly sample?: string | undefined;
  /** Admin address. */
  readonly url: string;
  readonly token?: string | undefined;
  readonly run?: string | undefined;
  readonly candidate?: string | undefined;
  /** Signature, how it begins, or words of the title. */
  readonly cause?: string | undefined;
  /** `place=variable`. */
  readonly secret?: readonly string[] | undefined;
  readonly leaveOutMasked?: boolean | undefined;
  readonly method?: readonly string[] | undefined;
  readonly yes?: boolean | undefined;
  readonly format: "text" | "json";
}

/** Responses take as long as those of the versions. */
const TIMEOUT_MS = 180_000;

const EXIT_CODE: Readonly<Record<ResendOutcome, number>> = {
  none: EXIT_OK,
  same: EXIT_REGRESSION,
  other: EXIT_REGRESSION,
  unknown: EXIT_INCONCLUSIVE,
  failed: EXIT_INCONCLUSIVE,
};

/**
 * Sends the request of a sample again through a running shadowdiff, and prints the comparison.
 * @returns exit code 0 if the responses no longer differ, 1 if they do, 3 if nothing was compared or parts of the request that were
 *   left out may be why they do not differ; 2 with a line on `io.err` if it was not sent
 */
export async function runResend(options: ResendOptions, io: CommandIo): Promise<number> {
  try {
    const { leaveOutMasked, method: methods = [], format } = options;
    const secrets = readSecrets(options.secret);
    const id = options.sample ?? (await newestSample(options, io));
    const path = `api/v1/samples/${encodeURIComponent(id)}/resend`;
    if (!(await isConfirmed((await send(options, path)) as ResendPreview, options))) return EXIT_USAGE;
    const resend = (await send(options, path, { confirm: true, secrets, leaveOutMasked, methods })) as Resend;
    io.out(format === "json" ? `${JSON.stringify(resend, null, 2)}\n` : resendText(resend));
    return EXIT_CODE[resend.outcome];
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    io.err(`${escapeText(error.message)}\n`);
    return EXIT_USAGE;
  }
}

async function newestSample(options: ResendOptions, io: CommandIo): Promise<string> {
  const { url, token, run, candidate } = options;
  const cause = options.cause === undefined ? undefined : await causeNamed(options.cause, options, io);
  const query = { run, candidate, cause: cause?.signature, limit: "1" };
  const { body, target } = await requestAdmin(url, { path: "api/v1/samples", query, token });
  if (!("samples" in body)) throw notShadowdiff(target);
  const [newest] = body.samples as SampleSummary[];
  if (newest !== undefined) return newest.id;
  throw new CommandError(
    cause === undefined
      ? "the run has no sample; samples are kept of exchanges that differ"
      : `no sample is kept of the cause ${causeHandle(cause)} (${cause.title})`,
  );
}

/** @throws {CommandError} that lists the causes, if the report has no such cause */
function causeNamed(wanted: string, options: ResendOptions, io: CommandIo): Promise<CauseReport> {
  const { url, token, run, candidate } = options;
  const selection = { url, token, candidate, run: run ?? CURRENT_RUN };
  return loadReport(selection, io, ({ report }) => Promise.resolve(chooseCause(report, wanted)));
}

/** @throws {CommandError} if it must not be sent again, or cannot be confirmed */
async function isConfirmed(preview: ResendPreview, { yes = false, method = [] }: ResendOptions): Promise<boolean> {
  const { refusal, needsConfirm, targets } = preview;
  // A method that is allowed now was refused by the preview; the server decides.
  if (refusal !== null && !method.includes(preview.method)) throw new CommandError(refusalText(preview, refusal));
  if (!needsConfirm || yes) return true;
  const names = targets.map(({ role, subset, url }) => `${role} ${subset} (${url})`).join(", ");
  const plan = `a ${preview.method} request goes to ${names}`;
  const questions = terminalQuestions();
  if (questions === undefined) throw new CommandError(`${plan}; confirm it with --yes, or set isolate.enabled`);
  const answer = await questions.ask(escapeText(`${plan}. Go on? (y/N) `));
  questions.close();
  return /^y(?:es)?$/i.test(answer?.trim() ?? "");
}

function refusalText(
  { method, targets }: ResendPreview,
  { message, remedy }: { message: string; remedy: string },
): string {
  if (targets.length === 0) return `${message} ${remedy}`;
  return `${message} If that does no harm, allow it with --method ${method}, or add it to isolate.methods.`;
}

async function send({ url, token, run, candidate }: ResendOptions, path: string, post?: object): Promise<object> {
  const request: AdminRequest = { path, query: { run, candidate }, token, post, timeoutMs: TIMEOUT_MS };
  return (await requestAdmin(url, request)).body;
}
