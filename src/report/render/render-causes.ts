import type { CauseReport, CauseState, EndpointReport, FieldVerdict } from "../../model/report.ts";
import { formatCount, formatPlural } from "../../presentation/number-format.ts";
import type { Paint } from "./terminal-color.ts";
import { escapeText, fit, fitRight, wrap } from "./terminal-text.ts";

const MAX_CAUSES = 20;
const INDENT = "      ";

const COLOR = { real: "red", likely: "yellow", noise: "dim" } as const satisfies Record<FieldVerdict, string>;

/** The causes that count, or would count if they were not accepted. */
export function countingCauses({ causes }: Pick<EndpointReport, "causes">): readonly CauseReport[] {
  return causes.filter(({ verdict, rule }) => verdict !== "noise" && rule === null);
}

/** The causes of an endpoint by rank: verdict, responses, state and title. */
export function causeLines(endpoint: Pick<EndpointReport, "causes">, paint: Paint): string[] {
  const causes = countingCauses(endpoint);
  if (causes.length === 0) return [];
  const rest = causes.length - MAX_CAUSES;
  return [
    paint("dim", `${INDENT}${fit("verdict", 8)}${fitRight("responses", 10)}  ${fit("state", 9)} cause`),
    ...causes.slice(0, MAX_CAUSES).flatMap((cause) => linesOf(cause, paint)),
    ...(rest > 0 ? [`${INDENT}… and ${formatPlural(rest, "more cause")}`] : []),
  ];
}

function linesOf({ verdict, count, state, title, review }: CauseReport, paint: Paint): string[] {
  const start = `${INDENT}${fit(verdict, 8)}${fitRight(formatCount(count), 10)}  ${fit(state, 9)} `;
  const text = escapeText(`${title}${reviewText(state, review)}`);
  const [first = "", ...more] = wrap(text, { start, indent: " ".repeat(start.length) });
  const color = state === "accepted" ? "dim" : COLOR[verdict];
  const painted = `${INDENT}${paint(color, fit(verdict, 8))}${first.slice(INDENT.length + 8)}`;
  return [painted, ...more];
}

function reviewText(state: CauseState, review: CauseReport["review"]): string {
  if (review === null || state === "new" || state === "known") return "";
  const until = review.expiresAt === null ? "" : ` until ${new Date(review.expiresAt).toISOString().slice(0, 10)}`;
  return state === "changed"
    ? `; accepted before as ${review.title}`
    : `; ${review.decision}${until}: ${review.reason}`;
}
