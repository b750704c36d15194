import { readFileSync } from "node:fs";
import { ConfigError, type Problem } from "../../config/config-error.ts";
import { loadWithWarnings, type LoadedConfig } from "../../config/load-config.ts";
import type { Environment } from "../../config/options/settings.ts";
import { ruleProblem } from "../terminal/config-problems.ts";

/** The files of one configuration, and the result of loading it. */
export interface CheckResult {
  readonly files: readonly string[];
  /** Undefined if there are errors. */
  readonly loaded: LoadedConfig | undefined;
  readonly errors: readonly Problem[];
}

/** Kubernetes documents, in YAML or JSON, have apiVersion and kind; native documents have neither. */
const KUBERNETES = /^(?:\s*["']?apiVersion["']?|kind)\s*:/m;

interface InputFile {
  readonly path: string;
  readonly text: string;
}

/**
 * Loads each native document as one configuration. All Istio and Gateway API documents form one configuration, together with the
 * native document if there is one.
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
  if (istio.length === 0) return native.map((file) => checkConfig(file, [], addresses, env));
  const [first, second] = native;
  if (second !== undefined) {
    const message = "Istio documents allow only one native document; check the others separately";
    return [{ files: paths, loaded: undefined, errors: [{ place: second.path, field: "", message, allowed: "" }] }];
  }
  return [checkConfig(first, istio, addresses, env)];
}

function readFile(path: string): InputFile | CheckResult {
  try {
    return { path, text: readFileSync(path, "utf8") };
  } catch (error) {
    const message = `cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`;
    return { files: [path], loaded: undefined, errors: [{ place: path, field: "", message, allowed: "" }] };
  }
}

function checkConfig(
  file: InputFile | undefined,
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
