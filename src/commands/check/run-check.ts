import { problemLine, severityOf, type Problem } from "../../config/config-error.ts";
import { defaultHostOf } from "../../config/roles.ts";
import type { Environment } from "../../config/options/settings.ts";
import { EXIT_OK, EXIT_USAGE } from "../exit-codes.ts";
import { escapeText } from "../../report/render/terminal-text.ts";
import { checkFiles, type CheckResult } from "./check-files.ts";
import { routingText } from "./check-text.ts";
import { decideRequest, decisionText } from "./routing-decision.ts";
import type { CommandIo } from "../terminal/io.ts";
import { parseRequestLine, RequestLineError } from "./request-line.ts";
import { routeView } from "./route-view.ts";
import { warningLine } from "../terminal/warning-line.ts";

export interface CheckOptions {
  /** Like a line of a shell: `GET /my-app -H "User-Agent: Chrome"`. */
  readonly request?: string | undefined;
  /** `host/subset=URL`, for documents of Istio. */
  readonly address?: readonly string[] | undefined;
  readonly format: "text" | "json";
}

/**
 * Validates documents and prints what they do, or what they do with one request.
 * @returns 0 when they can be served, warnings or not; 2 when not, or when the request is none
 */
export function runCheck(files: readonly string[], options: CheckOptions, io: CommandIo, env: Environment): number {
  const checked = checkFiles(files, options.address, env);
  try {
    if (options.format === "json")
      io.out(
        `${JSON.stringify(
          checked.map((one) => jsonOf(one, options.request)),
          null,
          2,
        )}\n`,
      );
    else for (const one of checked) printText(one, options.request, io, checked.length > 1);
  } catch (error) {
    if (!(error instanceof RequestLineError)) throw error;
    io.err(`--request: ${escapeText(error.message)}\n`);
    return EXIT_USAGE;
  }
  return checked.every(({ errors }) => errors.length === 0) ? EXIT_OK : EXIT_USAGE;
}

function printText(
  { files, loaded, errors }: CheckResult,
  request: string | undefined,
  io: CommandIo,
  several: boolean,
): void {
  if (several) io.out(`${files.map(escapeText).join(", ")}\n`);
  for (const error of errors) io.err(`${lineOf(error)}\n`);
  if (loaded === undefined) return;
  const { config, warnings } = loaded;
  io.out(request === undefined ? routingText(config) : decisionText(decideRequest(config, headOf(config, request))));
  for (const warning of warnings) io.err(warningLine(warning));
}

function headOf(
  config: NonNullable<CheckResult["loaded"]>["config"],
  request: string,
): ReturnType<typeof parseRequestLine> {
  return parseRequestLine(request, defaultHostOf(config.routes));
}

function jsonOf({ files, loaded, errors }: CheckResult, request: string | undefined): unknown {
  if (loaded === undefined) return { files, errors, warnings: [] };
  const { config, warnings } = loaded;
  const { listen, routes, subsets } = config;
  return {
    files,
    errors,
    warnings: warnings.map((warning) => ({ severity: severityOf(warning), ...warning })),
    ...(request === undefined
      ? {
          listen,
          routes: routes.map((route) => routeView(route, listen.port)),
          versions: [...subsets.values()].map(({ name, urls }) => ({ name, urls })),
        }
      : { decision: decideRequest(config, headOf(config, request)) }),
  };
}

function lineOf(problem: Problem): string {
  return escapeText(problemLine(problem));
}
