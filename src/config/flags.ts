import { namedOrigin } from "./addresses.ts";
import type { Option } from "./option.ts";
import { CANDIDATE_OPTIONS, OPTIONS, SECONDARY_OPTIONS } from "./options.ts";
import type { ValueType } from "./value-type.ts";

/** Where a value belongs in a document; `*` stands for every item of a list. */
export type FieldPath = readonly (string | number)[];

/** An option as the command line and the environment know it. */
export interface Flag {
  /** With dashes: `--capture-max-body-bytes`. */
  readonly flag: string;
  /** `SHADOWDIFF_CAPTURE_MAX_BODY_BYTES`. */
  readonly variable: string;
  /** `captureMaxBodyBytes`, as a parser of command lines calls it. */
  readonly key: string;
  /** Undefined for the flags that name versions: they stand for more than one field. */
  readonly path: FieldPath | undefined;
  readonly list: boolean;
  readonly type: ValueType<unknown>;
  readonly help: string;
  readonly defaultText: string | undefined;
}

const CANDIDATES: FieldPath = ["routes", 0, "candidates", "*"];
const SECONDARY: FieldPath = ["routes", 0, "secondary"];

/** The versions of the service, instead of the document's `subsets` and `routes` or on top of them. */
export const PRIMARY_FLAG = versionFlag("primary", false, "the version that answers clients");
export const CANDIDATE_FLAG = versionFlag("candidate", true, "a version under test");
export const SECONDARY_FLAG = versionFlag("secondary", false, "a second copy of the primary's version, to tell noise");

/** All options of `serve`, in the order of its help text. */
export const FLAGS: readonly Flag[] = [
  PRIMARY_FLAG,
  CANDIDATE_FLAG,
  SECONDARY_FLAG,
  ...flagsOf(OPTIONS, []),
  ...flagsOf(CANDIDATE_OPTIONS, CANDIDATES),
  ...flagsOf(SECONDARY_OPTIONS, SECONDARY),
];

interface OptionTree {
  readonly [field: string]: Option<unknown> | OptionTree;
}

function flagsOf(tree: OptionTree, above: FieldPath): readonly Flag[] {
  return Object.entries(tree).flatMap(([field, node]) => {
    const path = [...above, field];
    return isOption(node) ? [flagOf(node, path)] : flagsOf(node, path);
  });
}

export function isOption(node: Option<unknown> | OptionTree): node is Option<unknown> {
  return "schema" in node && "type" in node;
}

function flagOf(option: Option<unknown>, path: FieldPath): Flag {
  const { type, help, list, defaultText } = option;
  return {
    ...namesOf(option.flag ?? path.map((part) => kebab(String(part))).join("-")),
    path,
    list,
    type,
    help,
    defaultText,
  };
}

function versionFlag(name: string, list: boolean, help: string): Flag {
  return { ...namesOf(name), path: undefined, list, type: namedOrigin, help, defaultText: undefined };
}

function namesOf(flag: string): Pick<Flag, "flag" | "variable" | "key"> {
  return {
    flag: `--${flag}`,
    variable: `SHADOWDIFF_${flag.toUpperCase().replaceAll("-", "_")}`,
    key: flag.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase()),
  };
}

function kebab(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
