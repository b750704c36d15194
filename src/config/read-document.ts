import { readFileSync } from "node:fs";
import { ConfigError } from "./config-error.ts";

const REASONS = new Map<string, (path: string) => string>([
  ["ENOENT", (path) => `does not exist; write another path, or create it with: shadowdiff init ${path}`],
  ["EISDIR", () => "is a folder; write the path of a file"],
  ["EACCES", () => "cannot be read: permission denied"],
]);

/** Reads a configuration. @throws ConfigError that says why it cannot be read */
export function readDocument(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    const reason = REASONS.get(code)?.(path) ?? `cannot be read: ${message}`;
    throw new ConfigError([{ place: path, field: "", message: reason, allowed: "" }]);
  }
}
