import { quote } from "shlex";
import type { CauseReport } from "../../model/report.ts";
import { renderExplanation } from "../../report/render/text/render-explanation.ts";
import { hasColors } from "../../report/render/text/terminal-color.ts";
import { loadReport, type ReportSelection } from "../report/load-report.ts";
import { CommandError, printResult, type CommandIo } from "../terminal/command-io.ts";
import { chooseCause } from "./choose-cause.ts";

export interface ExplainOptions extends Omit<ReportSelection, "store" | "baseline"> {
  readonly store?: string | undefined;
  /** Signature, how it begins, or words of the title. */
  readonly cause: string;
  /** Default: all endpoints with the cause. */
  readonly endpoint?: string | undefined;
  readonly format: "text" | "json";
}

/** Prints why a cause shows. @returns exit code 0, or 2 with a line on `io.err`, which lists the causes if the cause is unknown */
export function runExplain(options: ExplainOptions, io: CommandIo): Promise<number> {
  const { endpoint, format } = options;
  return printResult(io, () =>
    loadReport(options, io, async ({ report, details }) => {
      const cause = chooseCause(report, options.cause);
      checkEndpoint(cause, report.endpoints, endpoint);
      const explained = await details.explain(cause.signature, endpoint);
      const isolations = await details.isolations(cause.signature);
      if (format === "json") return `${JSON.stringify({ ...explained, isolations }, null, 2)}\n`;
      const page = { color: hasColors(process.stdout), width: process.stdout.columns };
      const { explanations, omitted } = explained;
      const isolateOptions = optionsOfIsolate(options);
      return renderExplanation({ report, cause, explanations, omitted, isolations, isolateOptions }, page);
    }),
  );
}

/** A store does not say where the program that fills it listens. */
function optionsOfIsolate({ url, candidate, endpoint }: ExplainOptions): readonly string[] | null {
  if (url === undefined) return null;
  const given = Object.entries({ url, candidate, endpoint });
  return given.flatMap(([name, value]) => (value === undefined ? [] : [`--${name} ${quote(value)}`]));
}

/** @throws {CommandError} if the endpoint does not have the cause */
function checkEndpoint(
  { signature, title }: CauseReport,
  endpoints: readonly { readonly endpoint: string; readonly causes: readonly CauseReport[] }[],
  wanted: string | undefined,
): void {
  if (wanted === undefined) return;
  const names = endpoints.filter(({ causes }) => causes.some((cause) => cause.signature === signature));
  if (names.some(({ endpoint }) => endpoint === wanted)) return;
  const known = names.map(({ endpoint }) => endpoint).join(", ");
  throw new CommandError(`--endpoint: ${wanted} does not have ${title}; endpoints that do: ${known}`);
}
