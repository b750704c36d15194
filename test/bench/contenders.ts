import { basename, join } from "node:path";
import { findTool } from "../tools/require-tool.ts";
import { startEnvoyMirror, startHaproxy, startNginx, startPeer, type Contender } from "./proxies.ts";
import { startShadowdiff, type ShadowdiffOptions } from "./shadowdiff.ts";
import { SHAPES, type ShapeName } from "./shapes.ts";
import type { SecureUpstream, Upstream } from "./upstream.ts";

export interface ContenderPlan {
  readonly name: string;
  /** Its code is compiled ahead of time, so that it needs no warm-up. */
  readonly isNative?: true;
  /** It measures the machine, and briefly: its speed is printed with all figures. */
  readonly isReference?: true;
  readonly start: (upstream: Upstream) => Promise<Contender>;
}

const MACHINE_SPEED: readonly ContenderPlan[] = [
  {
    name: "direct",
    isNative: true,
    isReference: true,
    start: ({ direct, pid }) => Promise.resolve({ url: direct, pid, stop }),
  },
  {
    name: "nginx",
    isNative: true,
    isReference: true,
    start: ({ same, protocol }) => startNginx(same, null, { protocol }),
  },
];

const NGINX_MIRROR: ContenderPlan = {
  name: "nginx-mirror",
  isNative: true,
  start: ({ same, twin, protocol }) => startNginx(same, twin, { protocol }),
};
const ENVOY_MIRROR: ContenderPlan = { name: "envoy-mirror", isNative: true, start: startEnvoyMirror };

/** Those for requests over cleartext HTTP/1.1 to the cheap upstream, in the order of their turns. */
export const CONTENDERS: readonly ContenderPlan[] = [
  ...MACHINE_SPEED,
  NGINX_MIRROR,
  ENVOY_MIRROR,
  { name: "haproxy", isNative: true, start: ({ same }) => startHaproxy(same) },
  { name: "fastify-http-proxy", start: ({ same }) => startPeer("fastify-http-proxy.ts", same) },
  { name: "http-proxy-3", start: ({ same }) => startPeer("http-proxy-3.ts", same) },
  { name: "undici-dispatch", start: ({ same }) => startPeer("undici-dispatch.ts", same) },
  ...shadowdiffPlans(),
  { name: "nginx-https", isNative: true, start: (upstream) => startSecureNginx(secureOf(upstream), false) },
  { name: "nginx-mirror-https", isNative: true, start: (upstream) => startSecureNginx(secureOf(upstream), true) },
  ...securePlans(),
];

/**
 * Returns the contenders for requests of this shape.
 * @param checkout root of another checkout after `npm ci`, whose shadowdiff takes part as `shadowdiff@NAME` and so on
 */
export function contendersFor(shape: ShapeName, checkout?: string): readonly ContenderPlan[] {
  const program = checkout === undefined ? undefined : join(checkout, "src/shadowdiff.js");
  const others = (plans: (program: string) => readonly ContenderPlan[]): readonly ContenderPlan[] =>
    program === undefined
      ? []
      : plans(program).map((plan) => ({ ...plan, name: `${plan.name}@${basename(checkout ?? "")}` }));
  const { protocol, response } = SHAPES[shape];
  if (protocol !== "http1") {
    return [...MACHINE_SPEED, NGINX_MIRROR, ENVOY_MIRROR, ...plainPlans(), ...others(plainPlans)];
  }
  if (response === "service") {
    const plans = (path?: string) => [...plainPlans(path), secondaryPlan(path)];
    return [...MACHINE_SPEED, NGINX_MIRROR, ...plans(), ...others(plans)];
  }
  return [...CONTENDERS, ...others((path) => [...shadowdiffPlans(path), ...securePlans(path)])];
}

/** Envoy takes part where it is installed. */
export function isInstalled({ name }: ContenderPlan): boolean {
  return name !== ENVOY_MIRROR.name || findTool("envoy") !== undefined;
}

function shadowdiffPlans(program?: string): readonly ContenderPlan[] {
  return [
    ...plainPlans(program),
    {
      name: "shadowdiff-differing",
      start: (upstream) => startOurs(upstream, { program }, upstream.differing),
    },
    secondaryPlan(program),
    {
      name: "shadowdiff-two-threads",
      start: (upstream) => startOurs(upstream, { flags: ["--threads-proxy", "2"], program }),
    },
  ];
}

function plainPlans(program?: string): readonly ContenderPlan[] {
  return [
    { name: "shadowdiff", start: (upstream) => startOurs(upstream, { percent: 0, program }) },
    { name: "shadowdiff-equal", start: (upstream) => startOurs(upstream, { program }) },
  ];
}

function secondaryPlan(program?: string): ContenderPlan {
  return {
    name: "shadowdiff-secondary",
    start: (upstream) => startOurs(upstream, { flags: ["--secondary", upstream.third], program }),
  };
}

/** With https upstreams and an https listener. */
function securePlans(program?: string): readonly ContenderPlan[] {
  const start = (upstream: Upstream, percent: number): Promise<Contender> => {
    const secure = secureOf(upstream);
    const { certFile, keyFile } = secure.certificate;
    const flags = ["--listen-tls-cert", certFile, "--listen-tls-key", keyFile];
    const env = { NODE_EXTRA_CA_CERTS: secure.caFile };
    return startOurs({ ...upstream, ...secure }, { flags, percent, program, env });
  };
  return [
    { name: "shadowdiff-https", start: (upstream) => start(upstream, 0) },
    { name: "shadowdiff-equal-https", start: (upstream) => start(upstream, 100) },
  ];
}

async function startOurs(
  { protocol, same, twin }: Upstream,
  { flags = [], ...others }: ShadowdiffOptions,
  candidate = twin,
): Promise<Contender> {
  const options: ShadowdiffOptions =
    protocol === "grpc"
      ? { ...others, flags, protocol: "h2" }
      : { ...others, flags: ["--method", "GET", "--method", "POST", ...flags] };
  const shadowdiff = await startShadowdiff(same, candidate, options);
  return { url: shadowdiff.url, pid: shadowdiff.pid, shadowdiff, stop: () => shadowdiff.stop() };
}

function startSecureNginx(secure: SecureUpstream, mirrors: boolean): Promise<Contender> {
  return startNginx(secure.same, mirrors ? secure.twin : null, { tls: secure });
}

function secureOf({ secure }: Upstream): SecureUpstream {
  if (secure === null) throw new Error("https needs nginx");
  return secure;
}

/** The upstream is stopped by the one that started it. */
function stop(): Promise<void> {
  return Promise.resolve();
}
