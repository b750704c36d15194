import { isIPv4, isIPv6 } from "node:net";
import type { Address } from "../../model/config.ts";
import { listOf, shown, type ValueType } from "./value-type.ts";

const HIGHEST_PORT = 65_535;
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*\.?$/i;
const HOST_PORT = /^(?:\[(?<ipv6>[^\]]*)\]|(?<host>[^:]*)):(?<port>\d{1,5})$/;
const ALL_ADDRESSES = "0.0.0.0";

/** Where to listen: `127.0.0.1:8080`, `localhost:8080`, `[::1]:8080`, `:8080` for all addresses; port 0 picks a free one. */
export const address: ValueType<Address> = {
  placeholder: "address",
  allowed: "host:port, [IPv6]:port or :port, like 127.0.0.1:8080",
  json: { type: "string", pattern: HOST_PORT.source.replaceAll(/\?<\w+>/g, "") },
  parse(value) {
    if (typeof value === "number") return { problem: `${value} is only a port; write 127.0.0.1:${value} or :${value}` };
    const match = typeof value === "string" ? HOST_PORT.exec(value.trim()) : null;
    if (match?.groups === undefined) return { problem: `${shown(value)} is no address to listen on` };
    const { ipv6, host = "", port } = match.groups;
    if (Number(port) > HIGHEST_PORT) return { problem: `port ${port} is above ${HIGHEST_PORT}` };
    if (ipv6 !== undefined) {
      return isIPv6(ipv6)
        ? { value: { host: ipv6, port: Number(port) } }
        : { problem: `${shown(ipv6)} is no IPv6 address` };
    }
    if (host === "" || host === "*") return { value: { host: ALL_ADDRESSES, port: Number(port) } };
    // Digits and dots alone are a mistyped IPv4 address, not a name.
    const valid = isIPv4(host) || (HOST_NAME.test(host) && !/^[\d.]+$/.test(host));
    return valid ? { value: { host, port: Number(port) } } : { problem: `${shown(host)} is no host` };
  },
};

/** A host name or address as it stands in a Host field, without port. */
export const hostName: ValueType<string> = {
  placeholder: "host",
  allowed: "a host name or address without scheme and port, like shadowdiff.internal",
  json: { type: "string", pattern: "^[^/\\s]+$" },
  parse(value) {
    const host = typeof value === "string" ? value.trim().replace(/^\[(.*)\]$/, "$1") : "";
    const valid = HOST_NAME.test(host) || isIPv6(host);
    return valid ? { value: host.toLowerCase() } : { problem: `${shown(value)} is no host` };
  },
};

/** Where a version of the service is: scheme, host and port and nothing else, as `http://127.0.0.1:9001`. */
export const origin: ValueType<string> = {
  placeholder: "url",
  allowed: "http://host:port or https://host:port",
  json: { type: "string", pattern: "^https?://[^/?#@\\s]+/?$" },
  parse(value) {
    const url = typeof value === "string" ? URL.parse(value.trim()) : null;
    if (url === null) return { problem: `${shown(value)} is no URL` };
    if (url.protocol !== "http:" && url.protocol !== "https:") {
      return { problem: `${shown(value)} is no http or https URL` };
    }
    // Not shown: it may be a password.
    if (url.username !== "" || url.password !== "") {
      return { problem: "a user name or password cannot stand in the URL; let the client send them" };
    }
    if (url.pathname !== "/" || url.search !== "" || url.hash !== "") {
      return { problem: `requests keep their own path; write ${url.origin} without anything behind it` };
    }
    if (url.port === "0") return { problem: "port 0 is no port that somebody listens on" };
    return { value: url.origin };
  },
};

/** A version as a flag names it: `http://…`, or `name=http://…`. */
export const namedOrigin: ValueType<{ readonly name: string | undefined; readonly url: string }> = {
  placeholder: "[name=]url",
  allowed: `${origin.allowed}, or name=URL`,
  json: { type: "string" },
  parse(value) {
    const match = typeof value === "string" ? /^(?<name>[^=:/]*)=(?<url>.*)$/s.exec(value.trim()) : null;
    const name = match?.groups?.["name"];
    if (name !== undefined && !SUBSET_NAME.test(name)) return { problem: `${shown(name)} is no name of a subset` };
    const url = origin.parse(match?.groups?.["url"] ?? value);
    return "problem" in url ? url : { value: { name, url: url.value } };
  },
};

/** Where copies of a version are: one URL, or several in a list or with commas between them. */
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

/** Where a subset of a service is, as a flag says it: `reviews/v1=http://…,http://…`, or `reviews=http://…`. */
export const namedAddresses: ValueType<{ readonly key: string; readonly urls: readonly string[] }> = {
  placeholder: "host/subset=url",
  allowed: "HOST/SUBSET=URL or HOST=URL, and further URLs after commas",
  json: { type: "string" },
  parse(value) {
    const match = typeof value === "string" ? /^(?<key>[^=\s]+)=(?<urls>.*)$/s.exec(value.trim()) : null;
    if (match?.groups === undefined) return { problem: `${shown(value)} is no address of a subset` };
    const { key = "", urls = "" } = match.groups;
    const parsed = origins.parse(urls);
    return "problem" in parsed ? parsed : { value: { key, urls: parsed.value } };
  },
};

/** Subset and route names stand in metrics, URLs and reports: no spaces, no quotes, not long. */
export const SUBSET_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
