import type { Problem } from "../config-error.ts";
import { nearest } from "../values/suggest.ts";
import { FLAGS } from "./flags.ts";
import { overrideProblem, type Environment } from "./settings.ts";

/** The path of the configuration. */
export const CONFIG_VARIABLE = "SHADOWDIFF_CONFIG";
/** Holds the admin token itself. There is no flag: all users of the machine can read command lines. */
export const TOKEN_VARIABLE = "SHADOWDIFF_ADMIN_TOKEN";

const PREFIX = "SHADOWDIFF_";
/** Kubernetes sets variables in every container for a Service of this name. */
const OF_KUBERNETES = /^(?:SERVICE_|PORT(?:_|$))/;
const KNOWN = [...FLAGS.map(({ variable }) => variable), CONFIG_VARIABLE, TOKEN_VARIABLE].map((name) =>
  name.slice(PREFIX.length),
);

/** Warnings about variables that resemble one of an option. Others can belong to other programs. */
export function mistypedVariables(env: Environment): readonly Problem[] {
  return Object.keys(env).flatMap((variable) => {
    const name = variable.slice(PREFIX.length);
    if (!variable.startsWith(PREFIX) || KNOWN.includes(name) || OF_KUBERNETES.test(name)) return [];
    const meant = nearest(name, KNOWN);
    return meant === undefined
      ? []
      : [overrideProblem(variable, `ignored, because no option has this name; did you mean ${PREFIX}${meant}?`)];
  });
}
