import type { Verdict } from "../../model/report.ts";

type Colour = "red" | "green" | "yellow" | "dim" | "bold";

/** Select Graphic Rendition parameters, ECMA-48 §8.3.117. */
const SGR: Readonly<Record<Colour, number>> = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 };

/** Colours a text, or leaves it as it is. */
export type Paint = (colour: Colour, text: string) => string;

export function createPaint(colour: boolean): Paint {
  return colour ? (name, text) => `\u001B[${SGR[name]}m${text}\u001B[0m` : (_, text) => text;
}

/** Whether an output wants colours: a terminal does, unless NO_COLOR is set to something (no-color.org) or it is dumb. */
export function wantsColour(
  output: { readonly isTTY?: boolean | undefined },
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  return output.isTTY === true && (environment["NO_COLOR"] ?? "") === "" && environment["TERM"] !== "dumb";
}

export const VERDICT_COLOUR = { pass: "green", fail: "red", inconclusive: "yellow" } as const satisfies Record<
  Verdict,
  Colour
>;
/** Says the same as the colour. */
export const VERDICT_GLYPH: Readonly<Record<Verdict, string>> = { pass: "✓", fail: "✗", inconclusive: "?" };
