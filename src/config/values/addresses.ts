import { isIPv4, isIPv6 } from "node:net";
import type { Address } from "../../model/config.ts";
import { describeValue, listOf, type ValueType } from "./value-type.ts";

const MAX_PORT = 65_535;
const IPV4_BITS = 32;
const IPV6_BITS = 128;
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*\.?$/i;
const HOST_PORT = /^(?:\[(?<ipv6>[^\]]*)\]|(?<host>[^:]*)):(?<port>\d{1,5})$/;
/** `127.0.0.1:9001` or `[::1]:9001`; a URL would read `localhost` in `localhost:9001` as its scheme. */
const NO_SCHEME = /^((?:\[[\da-f:.]+\]|[a-z\d][a-z\d.-]*):\d{1,5})(?:\/|$)/i;
const ALL_ADDRESSES = "0.0.0.0";

/** A listen address: `127.0.0.1:8080`, `localhost:8080`, `[::1]:8080`, `:8080` for all interfaces; port 0 picks a free port. */
export const address: ValueType<Address> = {
  placeholder: "address",
  allowed: "host:port, [IPv6]:port or :port, like 127.0.0.1:8080",
  json: { type: "string", pattern: HOST_PORT.source.replaceAll(/\?<\w+>/g, "") },
  parse(value) {
    if (typeof value === "number") return { problem: `${value} is only a port; write 127.0.0.1:${value} or :${value}` };
    const match = typeof value === "string" ? HOST_PORT.exec(value.trim()) : null;
    if (match?.groups === undefined) return { problem: `${describeValue(value)} is not a listen address` };
    const { ipv6, host = "", port } = match.groups;
    if (Number(port) > MAX_PORT) return { problem: `port ${port} is above ${MAX_PORT}` };
    if (ipv6 !== undefined) {
      return isIPv6(ipv6)
        ? { value: { host: ipv6, port: Number(port) } }
        : { problem: `${describeValue(ipv6)} is not an IPv6 address` };
    }
    if (host === "" || host === "*") return { value: { host: ALL_ADDRESSES, port: Number(port) } };
    // Only digits and dots is a mistyped IPv4 address, not a name.
    const isValid = isIPv4(host) || (HOST_NAME.test(host) && !/^[\d.]+$/.test(host));
    return isValid
      ? { value: { host, port: Number(port) } }
      : { problem: `${describeValue(host)} is not a host name or address` };
  },
};

/** A host name or address as in a Host header, without port. */
export const hostName: ValueType<string> = {
  placeholder: "host",
  allowed: "a host name or address without scheme and port, like shadowdiff.internal",
  json: { type: "string", pattern: "^[^/\\s]+$" },
  parse(value) {
    const host = typeof value === "string" ? value.trim().replace(/^\[(.*)\]$/, "$1") : "";
    const isValid = HOST_NAME.test(host) || isIPv6(host);
    return isValid
      ? { value: host.toLowerCase() }
      : { problem: `${describeValue(value)} is not a host name or address` };
  },
};

/** An address or a subnet: `10.0.0.0/8`, `::1`. */
export const subnet: ValueType<string> = {
  placeholder: "subnet",
  allowed: "an IPv4 or IPv6 address, or a subnet like 10.0.0.0/8 or fd00::/8",
  json: { type: "string", pattern: String.raw`^[\da-fA-F.:]+(/\d{1,3})?$` },
  parse(value) {
    const match = typeof value === "string" ? /^(?<ip>[^/]+)(?:\/(?<prefix>\d{1,3}))?$/.exec(value.trim()) : null;
    const { ip = "", prefix } = match?.groups ?? {};
    const bits = isIPv4(ip) ? IPV4_BITS : isIPv6(ip) && !ip.includes("%") ? IPV6_BITS : undefined;
    if (bits === undefined) return { problem: `${describeValue(value)} is not an address or a subnet` };
    if (prefix === undefined) return { value: ip };
    return Number(prefix) > bits
      ? { problem: `the prefix of ${describeValue(value)} is above ${bits}` }
      : { value: `${ip}/${Number(prefix)}` };
  },
};

/** The URL of an upstream: scheme, host and port only, like `http://127.0.0.1:9001`. */
export const origin: ValueType<string> = {
  placeholder: "url",
  allowed: "http://host:port or https://host:port",
  json: { type: "string", pattern: "^https?://[^/?#@\\s]+/?$" },
  parse(value) {
    const text = typeof value === "string" ? value.trim() : "";
    const [, hostAndPort] = NO_SCHEME.exec(text) ?? [];
    if (hostAndPort !== undefined) {
      return { problem: `${describeValue(value)} has no scheme; write http://${hostAndPort}` };
    }
    const url = URL.parse(text);
    if (url === null) return { problem: `${describeValue(value)} is not a URL` };
    if (url.protocol !== "http:" && url.protocol !== "https:") {
      return { problem: `${describeValue(value)} is not an http or https URL` };
    }
    // The message omits the value, which can contain a password.
    if (url.username !== "" || url.password !== "") {
      return { problem: "credentials are not supported in the URL; the client must send them" };
    }
    if (url.pathname !== "/" || url.search !== "" || url.hash !== "") {
      return { problem: `requests keep their own path; write ${url.origin} without path and query` };
    }
    if (url.port === "0") return { problem: "port 0 is not a valid upstream port" };
    return { value: url.origin };
  },
};

/** An upstream as in a flag: `http://…`, or `name=http://…`. */
export const namedOrigin: ValueType<{ readonly name: string | undefined; readonly url: string }> = {
  placeholder: "[name=]url",
  allowed: `${origin.allowed}, or name=URL`,
  json: { type: "string" },
  parse(value) {
    const match = typeof value === "string" ? /^(?<name>[^=:/]*)=(?<url>.*)$/s.exec(value.trim()) : null;
    const name = match?.groups?.["name"];
    if (name !== undefined && !SUBSET_NAME.test(name)) {
      return { problem: `${describeValue(name)} is not a valid subset name` };
    }
    const url = origin.parse(match?.groups?.["url"] ?? value);
    return "problem" in url ? url : { value: { name, url: url.value } };
  },
};

/** The instances of a subset: one URL, or several in a list or separated by commas. */
export const origins: ValueType<readonly string[]> = {
  ...listOf(origin),
  placeholder: "url",
  allowed: `${origin.allowed}, or a list of them`,
  json: { anyOf: [origin.json, { type: "array", items: origin.json, minItems: 1 }] },
  parse(value) {
    const parsed = listOf(origin).parse(value);
    if ("problem" in parsed) return parsed;
    return parsed.value.length === 0 ? { problem: "the list is empty" } : parsed;
  },
};

/** The URLs of an Istio subset as in a flag: `reviews/v1=http://…,http://…`, or `reviews=http://…`. */
export const namedAddresses: ValueType<{ readonly key: string; readonly urls: readonly string[] }> = {
  placeholder: "host/subset=url",
  allowed: "HOST/SUBSET=URL or HOST=URL; separate several URLs with commas",
  json: { type: "string" },
  parse(value) {
    const match = typeof value === "string" ? /^(?<key>[^=\s]+)=(?<urls>.*)$/s.exec(value.trim()) : null;
    if (match?.groups === undefined) return { problem: `${describeValue(value)} is not an address of a subset` };
    const { key = "", urls = "" } = match.groups;
    const parsed = origins.parse(urls);
    return "problem" in parsed ? parsed : { value: { key, urls: parsed.value } };
  },
};

/** Names of subsets and routes appear in metrics, URLs and reports: no spaces, no quotes, at most `MAX_NAME_CHARS`. */
export const SUBSET_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
