import { readFileSync } from "node:fs";
import { ConfigError, type Problem } from "../../config/config-error.ts";
import { loadWithWarnings, type LoadedConfig } from "../../config/load-config.ts";
import type { Environment } from "../../config/options/settings.ts";
import { ruleProblem } from "../terminal/rule-problem.ts";

/** Files that make one configuration, and what became of them. */
export interface CheckResult {
  readonly files: readonly string[];
  /** Undefined when there are errors. */
  readonly loaded: LoadedConfig | undefined;
  readonly errors: readonly Problem[];
}

/** A document of Kubernetes, in YAML or JSON, says its API and its kind; ours has neither field. */
const KUBERNETES = /^(?:\s*["']?apiVersion["']?|kind)\s*:/m;

interface File {
  readonly path: string;
  readonly text: string;
}

/**
 * Loads each native document for itself, and all documents of Istio and Gateway API as one configuration: of the native
 * document beside them, if there is one.
 * @param addresses `host/subset=URL`
 */
export function checkFiles(
  paths: readonly string[],
  addresses: readonly string[] | undefined,
  env: Environment,
): readonly CheckResult[] {
  const read = paths.map(readFile);
  const unreadable = read.filter((one) => "errors" in one);
  if (unreadable.length > 0) return unreadable;
  const files = read.filter((one) => "text" in one);
  const native = files.filter(({ text }) => !KUBERNETES.test(text));
  const istio = files.filter(({ text }) => KUBERNETES.test(text)).map(({ path }) => path);
  if (istio.length === 0) return native.map((file) => check(file, [], addresses, env));
  const [first, second] = native;
  if (second !== undefined) {
    const message = "Istio documents allow only one native document; check the others separately";
    return [{ files: paths, loaded: undefined, errors: [{ place: second.path, field: "", message, allowed: "" }] }];
  }
  return [check(first, istio, addresses, env)];
}

function readFile(path: string): File | CheckResult {
  try {
    return { path, text: readFileSync(path, "utf8") };
  } catch (error) {
    const message = `cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`;
    return { files: [path], loaded: undefined, errors: [{ place: path, field: "", message, allowed: "" }] };
  }
}

function check(
  file: File | undefined,
  istio: readonly string[],
  address: readonly string[] | undefined,
  env: Environment,
): CheckResult {
  const files = [...(file === undefined ? [] : [file.path]), ...istio];
  try {
    const flags = { istio: istio.length === 0 ? undefined : istio, address };
    return { files, loaded: loadWithWarnings({ file, flags, env, purpose: "check", ruleProblem }), errors: [] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { files, loaded: undefined, errors: error.problems };
  }
}
