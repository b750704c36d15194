import { namedAddresses, namedOrigin } from "../values/addresses.ts";
import type { Option } from "./option.ts";
import { CANDIDATE_OPTIONS, ISTIO_OPTIONS, OPTIONS, ROUTE_OPTIONS, SECONDARY_OPTIONS, TAP_OPTIONS } from "./options.ts";
import { truth, type ValueType } from "../values/value-type.ts";

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
  /** Undefined for the flags that name versions and addresses: they stand for more than one field. */
  readonly path: FieldPath | undefined;
  readonly list: boolean;
  /** On the command line it stands without a value, which is then true. */
  readonly isSwitch?: boolean | undefined;
  readonly type: ValueType<unknown>;
  readonly help: string;
  readonly defaultText: string | undefined;
}

const CANDIDATES: FieldPath = ["routes", "*", "candidates", "*"];
const TAP: FieldPath = ["tap"];
const ROUTES: FieldPath = ["routes", "*"];
const SECONDARY: FieldPath = ["routes", "*", "secondary"];

/** The versions of the service, instead of the document's `subsets` and `routes` or on top of them. */
export const PRIMARY_FLAG = versionFlag("primary", false, "the version that answers clients");
export const CANDIDATE_FLAG = versionFlag("candidate", true, "a version under test");
export const SECONDARY_FLAG = versionFlag("secondary", false, "a second copy of the primary's version, to tell noise");

/** Where the versions are that Istio documents name. */
export const ADDRESS_FLAG: Flag = {
  ...versionFlag("address", true, "where a subset of a service is, for --istio; several URLs take turns"),
  type: namedAddresses,
};
/** Documents instead of versions. */
export const ISTIO_FLAG: Flag = flagOf(ISTIO_OPTIONS.istio, ["istio"]);

/** Says more than its field, which may be a mapping. */
export const TAP_FLAG: Flag = {
  ...namesOf("tap"),
  path: TAP,
  list: false,
  isSwitch: true,
  type: truth,
  help: "take what another proxy mirrors here: answer 202 at once, then send to primary and candidates",
  defaultText: undefined,
};

/** All options of `serve`, in the order of its help text. */
export const FLAGS: readonly Flag[] = [
  PRIMARY_FLAG,
  CANDIDATE_FLAG,
  SECONDARY_FLAG,
  ISTIO_FLAG,
  ADDRESS_FLAG,
  ...flagsOf(OPTIONS, []),
  ...flagsOf(CANDIDATE_OPTIONS, CANDIDATES),
  ...flagsOf(SECONDARY_OPTIONS, SECONDARY),
  ...flagsOf(ROUTE_OPTIONS, ROUTES),
  TAP_FLAG,
  ...flagsOf(TAP_OPTIONS, TAP),
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
