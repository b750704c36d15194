import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Config } from "../model/config.ts";
import type { Rule } from "../model/rule.ts";
import type { Run } from "../model/run.ts";
import { rolesOf } from "./roles.ts";

export interface RunParts {
  /** Undefined: its id. */
  readonly name?: string | undefined;
  /** On top of the configured ones. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** A run of this configuration that begins now. Ids sort by start, also as text. @param now Unix milliseconds */
export function newRun(config: Config, now: number, { name, labels = {} }: RunParts): Run {
  const time = new Date(now).toISOString().slice(0, -1).replaceAll(/[:.]/g, "-");
  const id = `${time}-${randomBytes(2).toString("hex")}`;
  return {
    id,
    name: name ?? id,
    startedAt: now,
    endedAt: null,
    labels: { ...config.labels, ...labels },
    ...subsetNames(config),
    gate: config.gate,
    rules: config.compare.rules,
  };
}

/**
 * A reload belongs to the same run: candidates that are gone keep their counts, and the new gate judges all of it.
 * @param now Unix milliseconds: what was compared before did not know rules that are new
 */
export function changedRun(run: Run, config: Config, now: number): Run {
  const names = subsetNames(config);
  return {
    ...run,
    primary: names.primary,
    candidates: [...new Set([...run.candidates, ...names.candidates])],
    secondary: names.secondary ?? run.secondary,
    gate: config.gate,
    rules: config.compare.rules.map((rule) => {
      const known = run.rules.find((before) => isDeepStrictEqual(contentOf(before), contentOf(rule)));
      return { ...rule, createdAt: known === undefined ? now : known.createdAt };
    }),
  };
}

/** Its id is its place in the document, which another rule may take. */
function contentOf({ id: _id, createdAt: _createdAt, ...content }: Rule): object {
  return content;
}

function subsetNames({ routes }: Config): Pick<Run, "primary" | "candidates" | "secondary"> {
  const { primaries, candidates, secondaries } = rolesOf(routes);
  return {
    primary: primaries.map(({ name }) => name).join(", "),
    candidates: candidates.map(({ name }) => name),
    secondary: secondaries[0]?.name ?? null,
  };
}
