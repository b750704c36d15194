import type { ComparedCause, RunComparison } from "../../../model/views/run-comparison.ts";
import { formatShare } from "../../../presentation/words/number-format.ts";
import { escapeText, wrap } from "./terminal-text.ts";

const MAX_CAUSES = 50;

/** Renders the comparison of two runs for a terminal. Captured content is escaped. @returns text with a final line break */
export function renderComparison(comparison: RunComparison): string {
  const { before, after, unseen } = comparison;
  const sections = [
    causeSection("new", comparison.new),
    causeSection("still present", comparison.still),
    causeSection("fixed", comparison.fixed),
    unseen.length === 0
      ? []
      : [
          "unknown: too few responses on these endpoints since",
          ...unseen.flatMap((endpoint) => wrapEscaped(endpoint, "  ")),
        ],
  ].filter((lines) => lines.length > 0);
  const heading = wrapEscaped(`${runText(before)} → ${runText(after)}`, "");
  const text = [heading, ...(sections.length === 0 ? [["no differences in either run"]] : sections)];
  return `${text.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function causeSection(name: string, causes: readonly ComparedCause[]): string[] {
  if (causes.length === 0) return [];
  const rest = causes.length - MAX_CAUSES;
  return [
    `${name} (${causes.length})`,
    ...causes
      .slice(0, MAX_CAUSES)
      .flatMap(({ endpoint, title, before, after }) => [
        ...wrapEscaped(`${endpoint}: ${title}`, "  "),
        `    ${shareText(before)} → ${shareText(after)} of responses`,
      ]),
    ...(rest > 0 ? [`  … and ${rest} more`] : []),
  ];
}

function shareText(share: number | null): string {
  return share === null ? "no traffic" : formatShare(share);
}

function runText({ id, name, labels }: RunComparison["before"]): string {
  const texts = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return [name === id ? id : `${name} (${id})`, ...texts].join(" ");
}

function wrapEscaped(text: string, start: string): string[] {
  return wrap(escapeText(text), { start, indent: `${start}  ` });
}
