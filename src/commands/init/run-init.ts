import { existsSync, writeFileSync } from "node:fs";
import { quote } from "shlex";
import { ConfigError } from "../../config/config-error.ts";
import { loadConfig } from "../../config/load-config.ts";
import { namedOrigin } from "../../config/values/addresses.ts";
import { percent } from "../../config/values/numbers.ts";
import type { ValueType } from "../../config/values/value-type.ts";
import { EXIT_INTERRUPTED, EXIT_OK, EXIT_USAGE } from "../exit-codes.ts";
import { CommandError, type CommandIo } from "../terminal/command-io.ts";
import { writeErrorReason } from "../terminal/write-error.ts";
import { configText, type InitAnswers, type Noise } from "./config-text.ts";
import type { Questions } from "./terminal-questions.ts";

export interface InitOptions {
  /** Path of the configuration to write. */
  readonly file: string;
  readonly primary?: string | undefined;
  readonly candidate?: readonly string[] | undefined;
  readonly secondary?: string | undefined;
  readonly selfCheck?: string | undefined;
  readonly force?: boolean | undefined;
}

const DEFAULT_SELF_CHECK = "20";
const PRIMARY_QUESTION = "URL of the version that serves clients (primary), like http://127.0.0.1:9001: ";
const CANDIDATE_QUESTION = "URL of the version under test (candidate), like http://127.0.0.1:9002: ";
const NOISE_TEXT = `Noise is what differs between two responses of the same version. To measure it, write the URL of a second
instance of the primary's version (secondary), or the percentage of GET, HEAD and OPTIONS requests that the primary
receives twice (self-check), or 0 for neither.
`;
const NOISE_QUESTION = `URL or percentage [${DEFAULT_SELF_CHECK}]: `;

/** The user has left. */
class Interrupted extends Error {}

/**
 * Writes a configuration.
 * @param questions undefined if there is no terminal
 * @returns exit code 0; 2 for invalid or missing options and for an existing file, 130 if the user has left
 */
export async function runInit(options: InitOptions, io: CommandIo, questions: Questions | undefined): Promise<number> {
  const { file, force = false } = options;
  try {
    if (existsSync(file) && !force)
      throw new CommandError(`${file} exists; write --force to replace it, or another name`);
    const text = configText(await answersOf(options, io, questions), quote(file));
    loadConfig({ file: { path: file, text }, flags: {}, env: {} });
    write(file, text, force);
    io.out(`wrote ${file}; next: shadowdiff serve --config ${quote(file)}\n`);
    return EXIT_OK;
  } catch (error) {
    if (error instanceof Interrupted) return EXIT_INTERRUPTED;
    if (!(error instanceof CommandError || error instanceof ConfigError)) throw error;
    io.err(`${error.message}\n`);
    return EXIT_USAGE;
  } finally {
    questions?.close();
  }
}

async function answersOf(
  { primary, candidate, secondary, selfCheck }: InitOptions,
  io: CommandIo,
  questions: Questions | undefined,
): Promise<InitAnswers> {
  if (secondary !== undefined && selfCheck !== undefined) {
    throw new CommandError("--secondary and --self-check are mutually exclusive; prefer the secondary");
  }
  // Wrong options are reported before the first question.
  const given = {
    primary: checked("--primary", primary, namedOrigin),
    candidates: candidate
      ?.flatMap((one) => one.split(","))
      .map((one) => checked("--candidate", one, namedOrigin) ?? ""),
    noise: noiseOf(checked("--secondary", secondary, namedOrigin), checked("--self-check", selfCheck, percent)),
  };
  if (questions === undefined) {
    return {
      primary: given.primary ?? missing("--primary", "the version that serves clients"),
      candidates: given.candidates ?? missing("--candidate", "a version under test"),
      noise: given.noise ?? { type: "self-check", percent: DEFAULT_SELF_CHECK },
    };
  }
  const ask = (question: string, problemOf: (answer: string) => string | undefined): Promise<string> =>
    askUntilValid(questions, io, question, problemOf);
  const primaryUrl = given.primary ?? (await ask(PRIMARY_QUESTION, urlProblem));
  const candidates = given.candidates ?? [await ask(CANDIDATE_QUESTION, urlProblem)];
  if (given.noise !== undefined) return { primary: primaryUrl, candidates, noise: given.noise };
  io.err(NOISE_TEXT);
  return { primary: primaryUrl, candidates, noise: noiseFrom(await ask(NOISE_QUESTION, noiseProblem)) };
}

function urlProblem(answer: string): string | undefined {
  return problemIn(answer, namedOrigin);
}

async function askUntilValid(
  questions: Questions,
  io: CommandIo,
  question: string,
  problemOf: (answer: string) => string | undefined,
): Promise<string> {
  for (;;) {
    const answer = await questions.ask(question);
    if (answer === undefined) throw new Interrupted();
    const problem = problemOf(answer.trim());
    if (problem === undefined) return answer.trim();
    io.err(`${problem}\n`);
  }
}

const NUMBER = /^\d+(?:\.\d+)?%?$/;

function noiseProblem(answer: string): string | undefined {
  if (answer === "") return undefined;
  return NUMBER.test(answer) ? problemIn(answer.replace("%", ""), percent) : problemIn(answer, namedOrigin);
}

function noiseFrom(answer: string): Noise {
  if (answer === "") return { type: "self-check", percent: DEFAULT_SELF_CHECK };
  const isNumber = NUMBER.test(answer);
  const noise = isNumber ? noiseOf(undefined, answer.replace("%", "")) : noiseOf(answer, undefined);
  return noise ?? { type: "none" };
}

/** @returns undefined if neither is given */
function noiseOf(secondary: string | undefined, selfCheck: string | undefined): Noise | undefined {
  if (secondary !== undefined) return { type: "secondary", url: secondary };
  if (selfCheck === undefined) return undefined;
  return Number(selfCheck) === 0 ? { type: "none" } : { type: "self-check", percent: selfCheck };
}

/** @throws CommandError for an invalid value */
function checked(flag: string, text: string | undefined, type: ValueType<unknown>): string | undefined {
  const problem = text === undefined ? undefined : problemIn(text, type);
  if (problem !== undefined) throw new CommandError(`${flag}: ${problem}`);
  return text?.trim();
}

function problemIn(text: string, type: ValueType<unknown>): string | undefined {
  const parsed = type.parse(text);
  return "problem" in parsed ? `${parsed.problem} (allowed: ${type.allowed})` : undefined;
}

function missing(flag: string, what: string): never {
  throw new CommandError(`${flag}: missing; write the URL of ${what}, or run init on a terminal, where it asks`);
}

/** @param force without it, a file that has appeared in the meantime is kept */
function write(file: string, text: string, force: boolean): void {
  try {
    writeFileSync(file, text, { flag: force ? "w" : "wx" });
  } catch (error) {
    throw new CommandError(`cannot write ${file}: ${writeErrorReason(error)}`, { cause: error });
  }
}
