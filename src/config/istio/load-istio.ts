import { SAFE_METHODS } from "../../http/safe-methods.ts";
import type { BreakerPolicy, HostPolicy, Route, Subset } from "../../model/routing.ts";
import { MIRROR_OPTIONS } from "../options/options.ts";
import { nearest } from "../values/suggest.ts";
import { AddressBook } from "./address-book.ts";
import { Delegates, isDelegate } from "./delegates.ts";
import { SubsetsByHost } from "./destination-rule.ts";
import { Diagnostics, type Diagnostic } from "../kubernetes/diagnostic.ts";
import {
  readDocuments,
  type KubernetesDocument,
  type KubernetesFile,
  type DocumentKind,
} from "../kubernetes/kubernetes-documents.ts";
import { GatewayHosts } from "./istio-gateway.ts";
import { orderRoutes } from "./hosted-routes.ts";
import { grpcRoute } from "../gateway-api/grpc-route.ts";
import { httpRoute } from "../gateway-api/http-route.ts";
import { kubernetesGateway } from "../gateway-api/kubernetes-gateway.ts";
import { routeRule, rulesOfServices } from "./legacy-route-rule.ts";
import { virtualService, type RouteContext } from "./virtual-service.ts";

/** Settings in addition to the documents. */
export interface IstioOptions {
  /** URLs by `host/subset` or `host`, with `:port` if the ports of a host have different addresses. */
  readonly addresses: ReadonlyMap<string, readonly string[]>;
  /** Default: safe methods. Istio mirrors all methods. */
  readonly mirrorMethods?: ReadonlySet<string> | undefined;
  /** Default: keep. Istio before 1.28 appends `-shadow`. */
  readonly mirrorHost?: HostPolicy | undefined;
  /** Timeout of mirrored requests of routes without a timeout. */
  readonly mirrorTimeoutMs?: number | undefined;
  readonly maxInFlight?: number | undefined;
  readonly maxBufferedBytes?: number | undefined;
  /** Severity of a version without an address. Default: error. */
  readonly missingAddress?: "error" | "warning" | undefined;
  /** Severity of an unreadable certificate file of a DestinationRule; undefined to skip the check. */
  readonly unreadableFile?: "error" | "warning" | undefined;
  /** For candidates without outlierDetection. */
  readonly breaker?: BreakerPolicy | undefined;
}

/** The routing of the documents. If there are errors, routes can be missing or have no URL. */
export interface IstioConfig {
  readonly routes: readonly Route[];
  readonly subsets: ReadonlyMap<string, Subset>;
  /** The port of the first Gateway. */
  readonly listenPort: number | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Converts Istio and Gateway API documents to routes. Does not throw; problems are diagnostics. */
export function loadIstio(files: readonly KubernetesFile[], options: IstioOptions): IstioConfig {
  const diagnostics = new Diagnostics();
  const documents = readDocuments(files, diagnostics);
  const of = (kind: DocumentKind): readonly KubernetesDocument[] =>
    documents.filter((document) => document.kind === kind);
  const rules = new SubsetsByHost(options.unreadableFile);
  const gateways = new GatewayHosts();
  const book = new AddressBook(options.addresses, (target) => rules.tlsOf(target), options.missingAddress);
  for (const { spec, metadata } of of("DestinationRule")) rules.add(spec, metadata);
  for (const { spec, metadata } of of("Gateway")) gateways.add(spec, metadata);
  for (const { spec } of of("KubernetesGateway")) kubernetesGateway(spec, gateways);
  const services = of("VirtualService");
  const delegates = new Delegates(services);
  const mirrors = mirrorSettings(options);
  const context: RouteContext = { directory: { book, rules }, gateways, mirrors, delegates };
  const hosted = [
    ...services
      .filter((document) => !isDelegate(document))
      .map(({ spec, metadata }) => virtualService(spec, metadata, context)),
    ...rulesOfServices(
      of("RouteRule").flatMap(({ spec, metadata }) => routeRule(spec, metadata, context) ?? []),
      context,
    ),
    ...of("HTTPRoute").map(({ spec, metadata }) => httpRoute(spec, metadata, context)),
    ...of("GRPCRoute").map(({ spec, metadata }) => grpcRoute(spec, metadata, context)),
  ];
  delegates.reportUnused();
  const routes = orderRoutes(hosted);
  // Subsets with an address are available even if no route uses them yet.
  for (const { field, target } of rules.targets) if (book.has(target)) book.subsetAt(target, field);
  for (const { root } of documents) root.reportUnvisited();
  reportUnused(book, diagnostics);
  if (options.mirrorMethods === undefined) noteMethods(routes, diagnostics);
  return { routes, subsets: book.subsets, listenPort: listenPort(gateways), diagnostics: diagnostics.all };
}

function mirrorSettings(options: IstioOptions): RouteContext["mirrors"] {
  return {
    methods: options.mirrorMethods ?? SAFE_METHODS,
    host: options.mirrorHost ?? MIRROR_OPTIONS.host.default,
    timeoutMs: options.mirrorTimeoutMs ?? MIRROR_OPTIONS.timeout.default,
    maxInFlight: options.maxInFlight ?? MIRROR_OPTIONS.maxInFlight.default,
    maxBufferedBytes: options.maxBufferedBytes ?? MIRROR_OPTIONS.maxBufferedBytes.default,
    breaker: options.breaker,
  };
}

function listenPort({ ports }: GatewayHosts): number | undefined {
  const [first, ...others] = ports;
  for (const { number, field } of others) {
    if (number !== first?.number) field.warn(`ignored; shadowdiff listens on only one port, ${first?.number}`);
  }
  return first?.number;
}

/** Reports unused addresses. A mistyped name gets a suggestion. */
function reportUnused(book: AddressBook, diagnostics: Diagnostics): void {
  for (const key of book.unused) {
    const meant = nearest(key, book.missing);
    const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
    diagnostics.add({
      severity: "warning",
      place: `--address ${key}`,
      field: "",
      message: `no document refers to it${hint}`,
      allowed: "",
    });
  }
}

function noteMethods(routes: readonly Route[], diagnostics: Diagnostics): void {
  const isMirrored = routes.some(({ action }) => action.type === "forward" && action.candidates.length > 0);
  if (!isMirrored) return;
  diagnostics.add({
    severity: "note",
    place: "",
    field: "",
    message:
      "only GET, HEAD and OPTIONS are mirrored; Istio mirrors all methods, which changes data twice. Add methods in mirrors.methods",
    allowed: "",
  });
}
