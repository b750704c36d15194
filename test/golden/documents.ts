import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { KubernetesFile } from "../../src/config/kubernetes/kubernetes-documents.ts";
import type { IstioOptions } from "../../src/config/istio/load-istio.ts";

/** Documents of a golden case: complete, from the files of an example, or one part, which is completed with defaults. */
export interface Documents {
  readonly files?: readonly string[];
  readonly documents?: string;
  /** `http` of a VirtualService. */
  readonly http?: string;
  /** `hosts` of that VirtualService. */
  readonly hosts?: readonly string[];
  /** `spec` of a VirtualService, DestinationRule, Gateway, RouteRule, HTTPRoute or GRPCRoute, by the kind. */
  readonly spec?: string;
  readonly kind?: string;
  /** `rules` of an HTTPRoute. */
  readonly rules?: string;
  readonly addresses?: readonly string[];
  readonly options?: { readonly mirrorMethods?: readonly string[] };
}

/** Documents as users have them. */
export const EXAMPLES = join(import.meta.dirname, "../../examples/istio");
const VERSIONS: Readonly<Record<string, string>> = {
  RouteRule: "config.istio.io/v1alpha2",
  HTTPRoute: "gateway.networking.k8s.io/v1",
  GRPCRoute: "gateway.networking.k8s.io/v1",
  KubernetesGateway: "gateway.networking.k8s.io/v1",
};

/** Addresses that a case uses by default. */
const ADDRESSES = [
  ...["httpbin", "my-app", "calcbackendsvc", "istio-mirroring-app"].flatMap((host) =>
    ["v1", "v2", "v3"].map((subset) => `${host}/${subset}`),
  ),
  "ratings/v2",
  "httpbin",
  "httpbin-v1",
  "httpbin-v2",
  "v1",
  "v2",
  "v3",
  "v4",
  "v5",
];

export function filesOf(of: Documents): readonly KubernetesFile[] {
  if (of.files !== undefined) {
    return of.files.map((name) => ({ path: name, text: readFileSync(join(EXAMPLES, name), "utf8") }));
  }
  return [{ path: "case.yaml", text: textOf(of) }];
}

/** The part begins on the line after `spec:`, `http:` or `rules:`. */
function textOf({ documents, http, hosts = ["httpbin"], spec, kind = "VirtualService", rules }: Documents): string {
  if (documents !== undefined) return documents;
  if (http !== undefined) {
    return `${head("VirtualService", "vs")}  hosts: ${JSON.stringify(hosts)}\n  http:\n${indented(http, 4)}`;
  }
  if (rules !== undefined) return `${head("HTTPRoute", "route")}  rules:\n${indented(rules, 4)}`;
  return `${head(kind, "doc")}${indented(spec ?? "", 2)}`;
}

function head(kind: string, name: string): string {
  const version = VERSIONS[kind] ?? "networking.istio.io/v1";
  return `apiVersion: ${version}\nkind: ${kind.replace("Kubernetes", "")}\nmetadata: { name: ${name} }\nspec:\n`;
}

function indented(text: string, by: number): string {
  return text.replaceAll(/^(?=.)/gm, " ".repeat(by));
}

export function loadOptions({ addresses = ADDRESSES, options }: Documents): IstioOptions {
  return {
    addresses: new Map(addresses.map((key, index) => [key, [`http://127.0.0.1:${9001 + index}`]])),
    mirrorMethods: options?.mirrorMethods && new Set(options.mirrorMethods),
  };
}
