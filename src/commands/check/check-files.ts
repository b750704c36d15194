import { readFileSync } from "node:fs";
import { isMap, parseAllDocuments } from "yaml";
import { ConfigError, type Problem } from "../../config/config-error.ts";
import { readDocument } from "../../config/read-document.ts";
import { loadWithWarnings, type LoadedConfig } from "../../config/load-config.ts";
import type { Environment } from "../../config/options/settings.ts";
import { neverMatchingIn } from "../../report/rules/never-matching.ts";
import { ruleProblem } from "../terminal/config-problems.ts";

/** The files of one configuration, and the result of loading it. */
export interface CheckResult {
  readonly files: readonly string[];
  /** Undefined if there are errors. */
  readonly loaded: LoadedConfig | undefined;
  readonly errors: readonly Problem[];
}

/** The argument that stands for the standard input, and its name in errors. */
const STDIN = "-";
const STDIN_NAME = "<stdin>";
const STDIN_FD = 0;

interface InputFile {
  readonly path: string;
  readonly text: string;
}

/** Kubernetes documents, in YAML or JSON, have apiVersion and kind; native documents have neither. */
function isKubernetes(text: string): boolean {
  return [parseAllDocuments(text, { prettyErrors: false })].flat().some(({ contents }) => {
    return isMap(contents) && (contents.has("apiVersion") || contents.has("kind"));
  });
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
  const istio = files.filter(({ text }) => isKubernetes(text));
  const native = files.filter((file) => !istio.includes(file));
  if (istio.length === 0) return native.map((file) => checkConfig(file, [], addresses, env));
  const [first, second] = native;
  if (second !== undefined) {
    const message = "Istio documents allow only one native document; check the others separately";
    return [{ files: paths, loaded: undefined, errors: [{ place: second.path, field: "", message, allowed: "" }] }];
  }
  return [checkConfig(first, istio, addresses, env)];
}

function readFile(argument: string): InputFile | CheckResult {
  const path = argument === STDIN ? STDIN_NAME : argument;
  try {
    return { path, text: argument === STDIN ? readFileSync(STDIN_FD, "utf8") : readDocument(path) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { files: [path], loaded: undefined, errors: error.problems };
  }
}

function checkConfig(
  file: InputFile | undefined,
  istio: readonly InputFile[],
  address: readonly string[] | undefined,
  env: Environment,
): CheckResult {
  const paths = istio.map(({ path }) => path);
  const files = [...(file === undefined ? [] : [file.path]), ...paths];
  const texts = new Map(istio.map(({ path, text }) => [path, text]));
  try {
    const flags = { istio: paths.length === 0 ? undefined : paths, address };
    const sources = { file, texts, flags, env, purpose: "check", ruleProblem, neverMatching: neverMatchingIn } as const;
    return { files, loaded: loadWithWarnings(sources), errors: [] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { files, loaded: undefined, errors: error.problems };
  }
}
