import { BlockList, isIPv6 } from "node:net";
import type { RawHeaders } from "../model/capture.ts";
import { isToken } from "./http1/header-writer.ts";
import type { ForwardedConfig } from "../model/config.ts";

/** Writes the fields that describe the client of a request. @param authority Host, or empty without one */
export type ForwardedChange = (fields: RawHeaders, authority: string) => RawHeaders;

/** @param client the connection of a client */
export type ClientDescriber = (client: { readonly remoteAddress?: string | undefined }) => ForwardedChange | undefined;

/** Fields that tell an upstream about the client. Those that are not written are removed as well, unless the client is trusted. */
const FORWARDING_NAME = /^(?:forwarded|x[-_]real[-_]ip|x[-_]forwarded[-_].*)$/i;
const FIRST_LETTER = /^[fx]/i;
/** An open quotation mark would make what is appended part of the last value. */
const COMPLETE_LIST = /^[^"]*(?:"(?:[^"\\]|\\.)*"[^"]*)*$/;
const IPV4_IN_IPV6 = /^::ffff:(?=\d+\.)/i;
const IPV6_ZONE = /%.*$/;
/** RFC 7239 §6.2. A client that has already left has no address. */
const UNKNOWN = "unknown";

/**
 * Compiles the fields that tell the upstreams which client has sent a request: `X-Forwarded-*`, and Forwarded (RFC 7239). Values
 * that a client sends itself are kept from trusted addresses only, because any other client could claim to be someone else.
 * @returns a function to be called once per connection; it returns undefined if nothing is changed
 */
export function compileForwarded(
  { mode, headers, trusted }: ForwardedConfig,
  scheme: "http" | "https",
): ClientDescriber {
  if (mode === "off") return () => undefined;
  const list = blockListOf(trusted);
  const [writesFor, writesProto, writesHost, writesForwarded] = (
    ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "forwarded"] as const
  ).map((header) => headers.includes(header));
  return ({ remoteAddress }) => {
    const address = (remoteAddress ?? UNKNOWN).replace(IPV4_IN_IPV6, "").replace(IPV6_ZONE, "");
    const isTrusted = mode === "append" && remoteAddress !== undefined && list.check(address, familyOf(address));
    // RFC 7239 §6: an IPv6 address is in brackets, and therefore quoted.
    const node = isIPv6(address) ? `"[${address}]"` : address;
    return (fields, authority) => {
      const changed: string[] = [];
      let addresses = "";
      let elements = "";
      let hasProto = false;
      let hasHost = false;
      for (let index = 0; index < fields.length; index += 2) {
        const name = fields[index] ?? "";
        const value = fields[index + 1] ?? "";
        if (!FIRST_LETTER.test(name) || !FORWARDING_NAME.test(name)) {
          changed.push(name, value);
          continue;
        }
        // Many servers read an underscore as a dash (RFC 3875 §4.1.18), and would mistake the field for the real one.
        if (!isTrusted || name.includes("_")) continue;
        const lower = name.toLowerCase();
        if (writesFor && lower === "x-forwarded-for") addresses = joined(addresses, value);
        else if (writesForwarded && lower === "forwarded") elements = joined(elements, value);
        else {
          hasProto ||= lower === "x-forwarded-proto";
          hasHost ||= lower === "x-forwarded-host";
          changed.push(name, value);
        }
      }
      if (writesFor) changed.push("X-Forwarded-For", joined(addresses, address));
      if (writesProto && !hasProto) changed.push("X-Forwarded-Proto", scheme);
      if (writesHost && !hasHost && authority !== "") changed.push("X-Forwarded-Host", authority);
      if (writesForwarded) {
        const before = COMPLETE_LIST.test(elements) ? elements : "";
        changed.push("Forwarded", joined(before, elementOf(node, authority, scheme)));
      }
      return changed;
    };
  };
}

function blockListOf(trusted: readonly string[]): BlockList {
  const list = new BlockList();
  for (const each of trusted) {
    const [address = "", prefix] = each.split("/");
    if (prefix === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(address, Number(prefix), familyOf(address));
  }
  return list;
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIPv6(address) ? "ipv6" : "ipv4";
}

function elementOf(node: string, authority: string, scheme: string): string {
  if (authority === "") return `for=${node};proto=${scheme}`;
  return `for=${node};host=${isToken(authority) ? authority : `"${authority}"`};proto=${scheme}`;
}

function joined(list: string, value: string): string {
  return list === "" ? value : value === "" ? list : `${list}, ${value}`;
}
