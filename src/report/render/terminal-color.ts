import { styleText } from "node:util";
import type { Verdict } from "../../model/report.ts";

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
