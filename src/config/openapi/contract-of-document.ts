import type { Contract } from "../../model/contract/contract.ts";
import type { CommonDocument } from "../config-document.ts";
import { ConfigError, type Problem } from "../config-error.ts";
import type { Settings } from "../options/settings.ts";
import { unreadableProblem, type Purpose } from "../referenced-files.ts";
import { problemAt } from "../values/schema-issues.ts";
import { loadContract } from "./load-contract.ts";

const OPENAPI = ["contract", "openapi"] as const;

interface ReadContract {
  /** Undefined if the document names none, or if it cannot be read where it is only checked. */
  readonly contract: Contract | undefined;
  readonly files: readonly string[];
  readonly warnings: readonly Problem[];
}

/** The contract of a configuration. @throws ConfigError if it cannot be read, or is invalid */
export function readContract(
  { contract: options }: CommonDocument,
  settings: Settings,
  purpose: Purpose,
): ReadContract {
  const { openapi, validate, basePath } = options;
  if (openapi === undefined) return { contract: undefined, files: [], warnings: [] };
  const file = settings.file(OPENAPI, openapi);
  const unreadable = unreadableProblem(file);
  if (unreadable !== undefined) {
    const problem = problemAt(settings, OPENAPI, unreadable);
    if (purpose === "serve") throw new ConfigError([problem]);
    return { contract: undefined, files: [], warnings: [problem] };
  }
  const { contract, files } = loadContract(file, { basePath, withResponses: validate });
  return { contract, files, warnings: [] };
}
