import { distance } from "fastest-levenshtein";
import { CommandError } from "../terminal/command-io.ts";

const MAX_NAMED = 5;

/**
 * Distinguishes an endpoint without stored exchanges from a misspelled one.
 * @param known the endpoints that the run has compared
 * @throws {CommandError} with the most similar names, if the run has not compared the endpoint
 */
export function requireEndpoint(endpoint: string, known: readonly string[]): void {
  if (known.includes(endpoint)) return;
  const similar = [...new Set(known)]
    .map((name) => ({ name, edits: distance(endpoint.toLowerCase(), name.toLowerCase()) }))
    .toSorted((one, other) => one.edits - other.edits)
    .slice(0, MAX_NAMED)
    .map(({ name }) => name);
  const remedy = similar.length === 0 ? "the run has no endpoints yet" : `similar endpoints: ${similar.join(", ")}`;
  throw new CommandError(`--endpoint: the run has not compared ${endpoint}; ${remedy}`);
}
