import { parse } from "yaml";

type Mapping = Readonly<Record<string, unknown>>;

const UPSTREAMS = { primary: "http://127.0.0.1:9001", candidate: "http://127.0.0.1:9002" };
const SUBSETS = { v1: { url: "http://127.0.0.1:9001" }, v2: { url: "http://127.0.0.1:9002" } };

/** The program that can tell whether a block of YAML is valid. */
export type YamlKind = "shadowdiff" | "prometheus" | "kubernetes";

/** Told from the fields of the (first) document. */
export function kindOf(text: string): YamlKind {
  const document = parse(text.split(/^---$/m)[0] ?? "") as Mapping;
  if ("apiVersion" in document) return "kubernetes";
  if ("scrape_configs" in document) return "prometheus";
  return "shadowdiff";
}

/** Completes a part of a configuration: upstreams if it names none, a route for what belongs into one. */
export function completeConfig(text: string): Mapping {
  const part = parse(text) as Mapping;
  if ("candidates" in part && !("routes" in part)) {
    return { subsets: SUBSETS, routes: [{ primary: [{ subset: "v1" }], ...part }] };
  }
  if ("routes" in part || "primary" in part || "istio" in part) return part;
  const { subsets } = part;
  if (subsets === undefined) return { ...UPSTREAMS, ...part };
  const [subset] = Object.keys(subsets as Mapping);
  return { ...part, routes: [{ primary: [{ subset }] }] };
}
