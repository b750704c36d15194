/** A problem of the configuration, and what to write instead. */
export interface Problem {
  /** `shadowdiff.yaml:6:12`, `--percent` or `SHADOWDIFF_PERCENT`; empty if the problem has no source. */
  readonly place: string;
  /** `routes[0].candidates[0].percent`; empty for the document, and if `place` names the option. */
  readonly field: string;
  readonly message: string;
  /** What to write; empty if the message says it. */
  readonly allowed: string;
}

/** The configuration is invalid. Holds all problems. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(problemLine).join("\n"));
    this.problems = problems;
  }
}

/** @returns `shadowdiff.yaml:6:12 routes[0].candidates[0].percent: 200 is above 100 (allowed: 0 to 100)` */
export function problemLine({ place, field, message, allowed }: Problem): string {
  const where = [place, field].filter((part) => part !== "").join(" ");
  const head = where === "" ? message : `${where}: ${message}`;
  return allowed === "" ? head : `${head} (allowed: ${allowed})`;
}

/** The severity of a problem that is not an error. Istio documents also have notes. */
export function severityOf(problem: Problem): "warning" | "note" {
  return "severity" in problem && problem.severity === "note" ? "note" : "warning";
}
