/** One thing that is wrong with the options, and what to write instead. */
export interface Problem {
  /** `shadowdiff.yaml:6:12`, `--percent`, `SHADOWDIFF_PERCENT`; empty when it comes from none of them. */
  readonly place: string;
  /** `routes[0].candidates[0].percent`; empty for the whole document, and where the place names the option already. */
  readonly field: string;
  readonly message: string;
  /** What is allowed here; empty when the message says it. */
  readonly allowed: string;
}

/** The options cannot be used: everything that is wrong with them, at once. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(problemLine).join("\n"));
    this.problems = problems;
  }
}

/** @returns one line: `shadowdiff.yaml:6:12 routes[0].candidates[0].percent: 200 is above 100 (allowed: 0 to 100)` */
export function problemLine({ place, field, message, allowed }: Problem): string {
  const where = [place, field].filter((part) => part !== "").join(" ");
  const head = where === "" ? message : `${where}: ${message}`;
  return allowed === "" ? head : `${head} (allowed: ${allowed})`;
}

/** Of what is no error: readers of Istio documents also tell what is only worth knowing. */
export function severityOf(problem: Problem): "warning" | "note" {
  return "severity" in problem && problem.severity === "note" ? "note" : "warning";
}
