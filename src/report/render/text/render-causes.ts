import type { CauseReport, EndpointReport, FieldVerdict, Report } from "../../../model/report.ts";
import { formatFieldList } from "../../../presentation/words/difference-words.ts";
import { causeHandle, explanationText } from "../../../presentation/explain/cause-explanations.ts";
import { countingCauses } from "../../../presentation/verdict/endpoint-findings.ts";
import { wideCauses } from "../../../presentation/verdict/headlines.ts";
import { formatCount, formatPlural, formatTime } from "../../../presentation/words/number-format.ts";
import { parameterPhrase } from "../../../presentation/words/parameter-words.ts";
import type { Page } from "./page.ts";
import { escapeText, fit, fitRight, nameEndpoints, widthOf } from "./terminal-text.ts";

const MAX_CAUSES = 20;
const INDENT = "      ";

const COLOR = { real: "red", likely: "yellow", noise: "dim" } as const satisfies Record<FieldVerdict, string>;

/** A cause of several endpoints says so. */
function titleHere({ title, endpoints, parameters }: CauseReport, inside: string): string {
  const phrase = parameterPhrase(parameters);
  const requests = phrase === null ? "" : `; ${phrase}`;
  const others = endpoints === 1 ? "" : `, as on ${formatPlural(endpoints - 1, "other endpoint")}`;
  return `${title}${inside}${others}${requests}`;
}

/** The causes of an endpoint by importance: verdict, responses, state and title. */
export function causeLines(endpoint: Pick<EndpointReport, "causes" | "differences">, page: Page): string[] {
  const causes = countingCauses(endpoint);
  if (causes.length === 0) return [];
  const rest = causes.length - MAX_CAUSES;
  return [
    page.paint("dim", `${INDENT}${fit("verdict", 8)}${fitRight("responses", 10)}  ${fit("state", 9)} cause`),
    ...causes
      .slice(0, MAX_CAUSES)
      .flatMap((cause) => [
        ...linesOf(cause, titleHere(cause, insideNoise(cause, endpoint)), page),
        ...explanationLines(cause, [], page),
      ]),
    ...(rest > 0 ? [`${INDENT}… and ${formatPlural(rest, "more cause")}`] : []),
  ];
}

/** The clearest feature of each field of a cause that changed inside noise. */
function insideNoise({ signature }: CauseReport, { differences }: Pick<EndpointReport, "differences">): string {
  const fields = differences.filter(({ cause, features }) => cause === signature && features.length > 0);
  return fields.length === 0 ? "" : `; inside noise: ${formatFieldList(fields)}`;
}

/** The causes that several endpoints have, each once with its endpoints. */
export function sharedCauseSection(report: Report, page: Page): readonly string[] {
  const shared = wideCauses(report).filter(({ cause }) => cause.endpoints > 1);
  if (shared.length === 0) return [];
  return [
    page.paint("bold", "causes of several endpoints"),
    ...shared.flatMap(({ cause, endpoints, count }) => {
      const where = `${formatPlural(endpoints.length, "endpoint")}: ${nameEndpoints(endpoints)}`;
      const lines = linesOf({ ...cause, count }, cause.title, page);
      return [
        ...lines,
        ...page.wrap(escapeText(where), { start: BELOW_TITLE, indent: BELOW_TITLE }),
        ...explanationLines(cause, endpoints, page),
      ];
    }),
  ];
}

/** Columns before the title of a cause. */
const TITLE_COLUMN = INDENT.length + 8 + 10 + 2 + 9 + 1;
const BELOW_TITLE = " ".repeat(TITLE_COLUMN);

/** What the exchanges with the cause have in common, and how to ask for more. */
function explanationLines(cause: CauseReport, endpoints: readonly EndpointReport[], page: Page): readonly string[] {
  const text = explanationText(cause, endpoints);
  if (text === null) return [];
  const indent = `${BELOW_TITLE}  `;
  const lines = page.wrap(escapeText(`why: ${text}`), { start: BELOW_TITLE, indent });
  const hint = `(explain ${causeHandle(cause)})`;
  const last = lines.at(-1) ?? "";
  // The hint is never broken, so that it can be copied.
  return widthOf(last) + 1 + hint.length <= page.width
    ? [...lines.slice(0, -1), `${last} ${hint}`]
    : [...lines, indent + hint];
}

function linesOf(cause: CauseReport, title: string, page: Page): string[] {
  const { verdict, count, state, since } = cause;
  const start = `${INDENT}${fit(verdict, 8)}${fitRight(formatCount(count), 10)}  ${fit(state, 9)} `;
  const text = escapeText(`${title}${since === null ? "" : `; since ${formatTime(since)}`}${reviewText(cause)}`);
  const [first = "", ...more] = page.wrap(text, { start, indent: " ".repeat(start.length) });
  const color = state === "accepted" ? "dim" : COLOR[verdict];
  const painted = `${INDENT}${page.paint(color, fit(verdict, 8))}${first.slice(INDENT.length + 8)}`;
  return [painted, ...more];
}

function reviewText({ state, review, isNewHere }: CauseReport): string {
  if (review === null || state === "new" || state === "known") return "";
  if (isNewHere)
    return `; accepted on ${review.covers === null ? "all" : formatPlural(review.covers, "other endpoint")}`;
  const until = review.expiresAt === null ? "" : ` until ${new Date(review.expiresAt).toISOString().slice(0, 10)}`;
  return state === "changed"
    ? `; accepted before as ${review.title}`
    : `; ${review.decision}${until}: ${review.reason}`;
}
