import { namedAddresses, namedOrigin } from "../values/addresses.ts";
import { bool, type ValueType } from "../values/value-type.ts";
import { isOption, type FieldPath, type Option, type OptionTree } from "./option.ts";
import { CANDIDATE_OPTIONS, ISTIO_OPTIONS, OPTIONS, ROUTE_OPTIONS, SECONDARY_OPTIONS, TAP_OPTIONS } from "./options.ts";

/** An option on the command line and in the environment. */
export interface Flag {
  /** With dashes: `--capture-max-body-bytes`. */
  readonly flag: string;
  /** The environment variable: `SHADOWDIFF_CAPTURE_MAX_BODY_BYTES`. */
  readonly variable: string;
  /** The name that commander gives it: `captureMaxBodyBytes`. */
  readonly key: string;
  /** Undefined for flags that set more than one field: those that name versions and addresses. */
  readonly path: FieldPath | undefined;
  readonly list: boolean;
  /** A switch has no value on the command line; its presence means true. Options that are true by default have one. */
  readonly isSwitch?: boolean | undefined;
  readonly type: ValueType<unknown>;
  readonly help: string;
  readonly defaultText: string | undefined;
}

const CANDIDATES: FieldPath = ["routes", "*", "candidates", "*"];
const TAP: FieldPath = ["tap"];
const ROUTES: FieldPath = ["routes", "*"];
const SECONDARY: FieldPath = ["routes", "*", "secondary"];

// The versions of the service. They replace the document's `subsets` and `routes`, or override their URLs.
export const PRIMARY_FLAG = versionFlag("primary", false, "URL of the version that serves clients");
export const CANDIDATE_FLAG = versionFlag("candidate", true, "URL of a version under test");
export const SECONDARY_FLAG = versionFlag(
  "secondary",
  false,
  "URL of a second instance of the primary's version, to measure noise",
);

/** The URLs of the versions that Istio documents name. */
export const ADDRESS_FLAG: Flag = {
  ...versionFlag("address", true, "URL of an Istio subset; separate several instances with commas"),
  type: namedAddresses,
};
export const ISTIO_FLAG: Flag = createFlag(ISTIO_OPTIONS.istio, ["istio"]);

/** Not derived from an option, because its field can be a mapping. */
export const TAP_FLAG: Flag = {
  ...namesOf("tap"),
  path: TAP,
  list: false,
  isSwitch: true,
  type: bool,
  help: "receive requests that another proxy mirrors: respond with 202 at once, then send them to the primary and candidates",
  defaultText: undefined,
};

/** All options of `serve`, in the order of the help text. */
export const FLAGS: readonly Flag[] = [
  PRIMARY_FLAG,
  CANDIDATE_FLAG,
  SECONDARY_FLAG,
  ISTIO_FLAG,
  ADDRESS_FLAG,
  ...createFlags(OPTIONS, []),
  ...createFlags(CANDIDATE_OPTIONS, CANDIDATES),
  ...createFlags(SECONDARY_OPTIONS, SECONDARY),
  ...createFlags(ROUTE_OPTIONS, ROUTES),
  TAP_FLAG,
  ...createFlags(TAP_OPTIONS, TAP),
];

function createFlags(tree: OptionTree, parent: FieldPath): readonly Flag[] {
  return Object.entries(tree).flatMap(([field, node]) => {
    const path = [...parent, field];
    return isOption(node) ? [createFlag(node, path)] : createFlags(node, path);
  });
}

function createFlag(option: Option<unknown>, path: FieldPath): Flag {
  const { type, help, list, defaultText } = option;
  const isSwitch = type === bool && defaultText !== "true";
  return {
    ...namesOf(option.flag ?? path.map((part) => kebabCase(String(part))).join("-")),
    path,
    list,
    ...(isSwitch && { isSwitch }),
    type,
    help,
    defaultText: isSwitch ? undefined : defaultText,
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

function kebabCase(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
