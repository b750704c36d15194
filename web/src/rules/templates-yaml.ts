import type { RunTemplate } from "../../../src/model/views/templates.ts";

/**
 * Templates as `compare.endpoints` of a configuration, where the first match wins: exceptions come first, and each path below a
 * template has a line of its own.
 */
export function templatesYaml(templates: readonly RunTemplate[]): string {
  const lines = templates.flatMap(({ method, parent, template, literals, endpoints }) => [
    ...literals.filter((literal) => !literal.includes("*")).map((literal) => `${method} ${parent}/${literal}`),
    ...(endpoints.length === 0 ? [template] : endpoints),
  ]);
  if (lines.length === 0) return "compare:\n  endpoints: []\n";
  return ["compare:", "  endpoints:", ...lines.map((line) => `    - ${JSON.stringify(line)}`), ""].join("\n");
}
