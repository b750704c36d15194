import { problemLine, severityOf, type Problem } from "../../config/config-error.ts";
import { defaultHostOf } from "../../config/roles.ts";
import type { Environment } from "../../config/options/settings.ts";
import { EXIT_OK, EXIT_USAGE } from "../exit-codes.ts";
import { escapeText } from "../../report/render/text/terminal-text.ts";
import { checkFiles, type CheckResult } from "./check-files.ts";
import { routingText } from "./check-text.ts";
import { decideRequest, decisionText } from "./routing-decision.ts";
import type { CommandIo } from "../terminal/command-io.ts";
import { parseRequestLine, RequestLineError } from "./request-line.ts";
import { routeView } from "../../proxy/routing/route-view.ts";
import { warningLine } from "../terminal/config-problems.ts";

export interface CheckOptions {
  /** A request as typed into a shell: `GET /my-app -H "User-Agent: Chrome"`. */
  readonly request?: string | undefined;
  /** `host/subset=URL`, for Istio documents. */
  readonly address?: readonly string[] | undefined;
  readonly format: "text" | "json";
}

/**
 * Validates configurations, and prints their routing or their decision for one request.
 * @returns exit code 0 if all are valid, even with warnings; 2 if not, or if the request is invalid
 */
export function runCheck(files: readonly string[], options: CheckOptions, io: CommandIo, env: Environment): number {
  const checked = checkFiles(files, options.address, env);
  try {
    if (options.format === "json")
      io.out(
        `${JSON.stringify(
          checked.map((one) => checkJson(one, options.request)),
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
  for (const error of errors) io.err(`${errorLine(error)}\n`);
  if (loaded === undefined) return;
  const { config, warnings } = loaded;
  io.out(
    request === undefined ? routingText(config) : decisionText(decideRequest(config, requestHead(config, request))),
  );
  for (const warning of warnings) io.err(warningLine(warning));
}

function requestHead(
  config: NonNullable<CheckResult["loaded"]>["config"],
  request: string,
): ReturnType<typeof parseRequestLine> {
  return parseRequestLine(request, defaultHostOf(config.routes), config.requests.nonAsciiTargets);
}

function checkJson({ files, loaded, errors }: CheckResult, request: string | undefined): unknown {
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
      : { decision: decideRequest(config, requestHead(config, request)) }),
  };
}

function errorLine(problem: Problem): string {
  return escapeText(problemLine(problem));
}
