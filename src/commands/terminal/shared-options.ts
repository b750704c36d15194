import { Option } from "commander";
import { DEFAULT_STORE } from "../../config/defaults.ts";

/** A flag that can be repeated. Its value is the list of all values, or undefined. */
export function listOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((value: string, previous: readonly string[] | undefined) => [
    ...(previous ?? []),
    value,
  ]);
}

/** `--store`, which excludes `--url`. */
export function storeOption(): Option {
  return new Option(
    "--store <store>",
    `store to read: a file or postgres:// URL (default: SHADOWDIFF_STORE or ${DEFAULT_STORE})`,
  ).conflicts("url");
}

/** The store of `storeOption`, or that of the environment; undefined for the default. */
export function storeOrEnvironment(store: string | undefined): string | undefined {
  return store ?? (process.env["SHADOWDIFF_STORE"] || undefined);
}

/** `--url` as an alternative to `--store`. */
export function urlOption(): Option {
  return new Option("--url <url>", "admin address of a running shadowdiff to query instead of a store");
}

export function tokenOption(): Option {
  return new Option("--token <token>", "admin token (default: SHADOWDIFF_ADMIN_TOKEN)");
}

export function formatOption(): Option {
  return new Option("--format <format>", "output format").choices(["text", "json"]).default("text");
}
