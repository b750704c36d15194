import { createRequire } from "node:module";
import type * as descriptorSets from "../../lib/protobuf-descriptor-set.ts";
import type { Problem } from "../config-error.ts";
import type { Common } from "../config-document.ts";
import { problemAt } from "../values/schema-issues.ts";
import type { Settings } from "../options/settings.ts";

/** Protocol Buffers are 10 MB of code, and few name a file. */
const load = createRequire(import.meta.url);
const FIELD = ["compare", "descriptorSet"] as const;
const ALLOWED =
  "a FileDescriptorSet, as `protoc --include_imports --descriptor_set_out=FILE` and `buf build -o FILE` write it";

/** The path of the file, beside the document; undefined when none is named. */
export function descriptorSetFile({ compare }: Common, settings: Settings): string | undefined {
  return compare.descriptorSet === undefined ? undefined : settings.file(FIELD, compare.descriptorSet);
}

/** What is wrong with the file. */
export function descriptorSetProblems(document: Common, settings: Settings): readonly Problem[] {
  const file = descriptorSetFile(document, settings);
  if (file === undefined) return [];
  try {
    const { readDescriptorSet } = load("../../lib/protobuf-descriptor-set.ts") as typeof descriptorSets;
    readDescriptorSet(file);
    return [];
  } catch (error) {
    return [problemAt(settings, FIELD, (error as Error).message, ALLOWED)];
  }
}
