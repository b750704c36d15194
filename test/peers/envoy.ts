import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requireTool } from "../tools/require-tool.ts";
import { startProcess, type PeerProcess } from "./peer-process.ts";

const TYPES = "type.googleapis.com/envoy.extensions";

/** A cluster on loopback. */
interface EnvoyCluster {
  readonly name: string;
  readonly port: number;
  readonly protocol?: "h2";
  /** `common_http_protocol_options` of its upstream. */
  readonly limits?: object;
}

export interface EnvoyOptions {
  readonly clusters: readonly EnvoyCluster[];
  /** `virtual_hosts` of its route configuration. */
  readonly virtualHosts: readonly object[];
  /** HTTP filters before the router. */
  readonly filters?: readonly object[];
  /** How long it keeps idle connections of clients. */
  readonly idleTimeout?: string;
}

/** A filter of HTTP as a member of `http_filters`, and under the same name in `typed_per_filter_config`. */
export function typedConfig(type: string, config: object = {}): object {
  return { "@type": `${TYPES}.${type}`, ...config };
}

/** Starts Envoy with one listener, which understands HTTP/1.1 and HTTP/2 without TLS. */
export function startEnvoy(options: EnvoyOptions): Promise<PeerProcess> {
  const directory = mkdtempSync(join(tmpdir(), "envoy-"));
  return startProcess({
    command: requireTool("envoy"),
    args(port) {
      const file = join(directory, "envoy.json");
      writeFileSync(file, JSON.stringify(bootstrapOf(options, port), null, 2));
      return ["--config-path", file, "--log-level", "error", "--concurrency", "1", "--disable-hot-restart"];
    },
  });
}

function bootstrapOf(
  { clusters, virtualHosts, filters = [], idleTimeout = "60s" }: EnvoyOptions,
  port: number,
): object {
  const router = {
    name: "envoy.filters.http.router",
    typed_config: typedConfig("filters.http.router.v3.Router", { suppress_envoy_headers: true }),
  };
  const manager = {
    stat_prefix: "peer",
    codec_type: "AUTO",
    // It refuses HTTP/1.0 and drops trailers by default.
    http_protocol_options: { accept_http_10: true, enable_trailers: true, default_host_for_http_10: "service.test" },
    common_http_protocol_options: { idle_timeout: idleTimeout },
    route_config: { ignore_port_in_host_matching: true, virtual_hosts: virtualHosts },
    http_filters: [...filters, router],
  };
  const chain = {
    name: "envoy.filters.network.http_connection_manager",
    typed_config: typedConfig("filters.network.http_connection_manager.v3.HttpConnectionManager", manager),
  };
  return {
    static_resources: {
      listeners: [{ name: "peer", address: addressOf(port), filter_chains: [{ filters: [chain] }] }],
      clusters: clusters.map(clusterOf),
    },
  };
}

function clusterOf({ name, port, protocol, limits = {} }: EnvoyCluster): object {
  const explicit = {
    explicit_http_config:
      protocol === "h2" ? { http2_protocol_options: {} } : { http_protocol_options: { enable_trailers: true } },
  };
  return {
    name,
    type: "STATIC",
    connect_timeout: "5s",
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: addressOf(port) } }] }],
    },
    typed_extension_protocol_options: {
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": typedConfig("upstreams.http.v3.HttpProtocolOptions", {
        ...explicit,
        common_http_protocol_options: limits,
      }),
    },
  };
}

function addressOf(port: number): object {
  return { socket_address: { address: "127.0.0.1", port_value: port } };
}
