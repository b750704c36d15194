import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Config } from "../model/config.ts";
import type { Rule } from "../model/rule.ts";
import type { Run } from "../model/run.ts";
import { rolesOf } from "./roles.ts";

export interface RunParts {
  /** Default: the id of the run. */
  readonly name?: string | undefined;
  /** Added to the configured labels. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** Creates a run that starts now. Ids sort by start time as text. @param now Unix milliseconds */
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
 * Updates a run after a reload. Removed candidates keep their counts, and the new gate applies to the entire run.
 * @param now Unix milliseconds, the creation time of new rules: earlier exchanges were compared without them
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

/** Adds what only this replica's configuration has to a run that another replica has begun. */
export function extendedRun(run: Run, config: Config): Run {
  const names = subsetNames(config);
  return {
    ...run,
    candidates: [...new Set([...run.candidates, ...names.candidates])],
    secondary: run.secondary ?? names.secondary,
  };
}

/** Without the id, which depends on the position of equal rules. */
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
