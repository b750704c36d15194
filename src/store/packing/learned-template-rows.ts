import type { LearnedTemplate } from "../../endpoints/learned-template.ts";

/** A learned template with its literals as JSON, and the person who decided; null if it was learned from traffic. */
export type TemplateRow = Omit<LearnedTemplate, "literals" | "decided"> & {
  readonly literals: string;
  readonly by: string | null;
  readonly at: number | null;
};

export function decodeTemplate({ literals, by, at, ...row }: TemplateRow): LearnedTemplate {
  return {
    ...row,
    literals: JSON.parse(literals) as string[],
    ...(by !== null && at !== null && { decided: { by, at } }),
  };
}
