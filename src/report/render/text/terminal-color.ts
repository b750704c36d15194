import { WriteStream } from "node:tty";
import { styleText } from "node:util";
import type { Verdict } from "../../../model/report.ts";

type Style = "red" | "green" | "yellow" | "dim" | "bold";

/** Styles a text, or returns it unchanged. */
export type Paint = (style: Style, text: string) => string;

export function createPaint(hasColor: boolean): Paint {
  return hasColor ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text;
}

export const VERDICT_COLOR = { pass: "green", fail: "red", inconclusive: "yellow" } as const satisfies Record<
  Verdict,
  Style
>;
/** Says the same without color. */
export const VERDICT_GLYPH: Readonly<Record<Verdict, string>> = { pass: "✓", fail: "✗", inconclusive: "?" };

/** More than black and white. */
const MIN_COLOR_DEPTH = 4;

/**
 * Whether a stream shows colors: a terminal that has them, unless NO_COLOR or TERM=dumb forbids them, and any stream with
 * FORCE_COLOR, which the logs of most pipelines show. As `styleText` decides.
 */
export function hasColors({ isTTY }: { readonly isTTY?: boolean | undefined }, environment = process.env): boolean {
  if (isTTY !== true && environment["FORCE_COLOR"] === undefined) return false;
  return WriteStream.prototype.getColorDepth(environment) >= MIN_COLOR_DEPTH;
}
