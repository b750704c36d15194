import type { ComparedCause, RunComparison } from "../../model/report.ts";
import { escapeText, TEXT_WIDTH, wrap } from "./terminal-text.ts";
import { formatShare } from "../../presentation/number-format.ts";

const MAX_LISTED = 50;

/** Two runs for a terminal. Captured content in it is escaped. @returns text that ends with a line break */
export function renderComparison(comparison: RunComparison): string {
  const { before, after, unseen } = comparison;
  const heading = wrapped(`${nameOf(before)} → ${nameOf(after)}`, "");
  const sections = [
    section("new", comparison.new),
    section("still there", comparison.still),
    section("fixed", comparison.fixed),
    unseen.length === 0
      ? []
      : [
          "not to be told: these endpoints were not compared often enough since",
          ...unseen.flatMap((endpoint) => wrapped(endpoint, "  ")),
        ],
  ];
  const told = sections.filter((lines) => lines.length > 0);
  const text = [heading, ...(told.length === 0 ? [["no differences in either run"]] : told)];
  return `${text.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function section(name: string, causes: readonly ComparedCause[]): string[] {
  if (causes.length === 0) return [];
  const rest = causes.length - MAX_LISTED;
  return [
    `${name} (${causes.length})`,
    ...causes
      .slice(0, MAX_LISTED)
      .flatMap(({ endpoint, title, before, after }) => [
        ...wrapped(`${endpoint}: ${title}`, "  "),
        `    ${shareText(before)} → ${shareText(after)} of the answers`,
      ]),
    ...(rest > 0 ? [`  … and ${rest} more`] : []),
  ];
}

function shareText(share: number | null): string {
  return share === null ? "not seen" : formatShare(share);
}

function nameOf({ id, name, labels }: RunComparison["before"]): string {
  const told = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return [name === id ? id : `${name} (${id})`, ...told].join(" ");
}

function wrapped(text: string, start: string): string[] {
  return wrap(escapeText(text), { start, indent: `${start}  `, width: TEXT_WIDTH });
}
