import type { Problem } from "../config-error.ts";
import { CANDIDATE_FLAG, FLAGS, PRIMARY_FLAG, SECONDARY_FLAG, type Flag } from "./flags.ts";
import type { FieldPath } from "./option.ts";
import { expandPath, isIstio, mirrorsPath } from "./option-paths.ts";
import { overrideProblem, type Settings } from "./settings.ts";

const VERSION_FLAGS: readonly Flag[] = [PRIMARY_FLAG, CANDIDATE_FLAG, SECONDARY_FLAG];
const MIRRORING_FLAGS: readonly Flag[] = FLAGS.filter(({ path }) => path?.[0] === "routes");

/**
 * Fields at the top of a document that stand for `subsets` and one route: the flags for versions and mirroring, with their names
 * in camel case. `candidate: http://127.0.0.1:9002` is `--candidate http://127.0.0.1:9002`.
 */
export const SHORTHAND_FLAGS: readonly Flag[] = [...VERSION_FLAGS, ...MIRRORING_FLAGS];

const EXAMPLE =
  "subsets: { v1: { url: URL }, v2: { url: URL } } and routes: [{ primary: [{ subset: v1 }], candidates: [{ subset: v2 }] }]";

/** A version as the document writes it, and its position. */
interface WrittenVersion {
  readonly place: string;
  readonly text: unknown;
}

/** A shorthand excludes the fields that it stands for, and Istio documents. */
export function shorthandProblems(settings: Settings): readonly Problem[] {
  const fields = SHORTHAND_FLAGS.filter(({ key }) => settings.at([key]) !== undefined);
  if (isIstio(settings)) return fields.map((flag) => overrideProblem(placeOf(flag, settings), istioRemedy(flag)));
  const other = ["routes", "subsets"].find((field) => settings.at([field]) !== undefined);
  if (other === undefined) return [];
  const { place } = settings.place([other], "key");
  return fields.map((flag) => {
    const message = `${flag.key} and ${other} (${place}) are mutually exclusive; write ${routesExample(flag.path)}`;
    return overrideProblem(placeOf(flag, settings), message);
  });
}

/** How `subsets` and `routes` express a shorthand. @param path of an option for mirroring; undefined for a version */
function routesExample(path: FieldPath | undefined): string {
  if (path === undefined) return `only ${EXAMPLE}`;
  const field = fieldOf(path);
  if (path.includes("candidates")) return `it in routes: candidates: [{ subset: v2, ${field}: … }]`;
  return path.includes("secondary")
    ? `it in routes: secondary: { subset: v1-twin, ${field.replace("secondary.", "")}: … }`
    : `it in each route: { primary: [{ subset: v1 }], ${field}: … }`;
}

function istioRemedy({ key, path }: Flag): string {
  if (key === SECONDARY_FLAG.key) return "write it below mirrors: mirrors: { secondary: { url: URL } }";
  if (path === undefined) {
    return "the Istio documents define the versions; write their URLs as addresses: { HOST/SUBSET: URL }";
  }
  return mirrorsPath(path) === undefined
    ? "the Istio documents define this; remove it"
    : `write ${fieldOf(path)} below mirrors`;
}

/** The field below a route or candidate. */
function fieldOf(path: FieldPath): string {
  return path.slice(path.lastIndexOf("*") + 1).join(".");
}

/** Takes the versions of a role from the document. */
export function takeVersions(flag: Flag, settings: Settings): readonly WrittenVersion[] {
  const value = settings.at([flag.key]);
  if (value === undefined) return [];
  const items = flag.list && Array.isArray(value) ? (value as readonly unknown[]) : [value];
  const versions = items.map((text, index) => ({
    text,
    place: placeOf(flag, settings, items === value ? index : undefined),
  }));
  settings.remove(flag.key);
  return versions;
}

/** Moves the fields for mirroring into the route, which `applyVersions` has created. */
export function applyShorthand(settings: Settings): readonly Problem[] {
  return MIRRORING_FLAGS.flatMap((flag) => {
    const { key, path = [] } = flag;
    const value = settings.at([key]);
    if (value === undefined) return [];
    const place = placeOf(flag, settings);
    settings.remove(key);
    const paths = expandPath(settings, path);
    for (const one of paths) settings.set(one, value, place);
    const missing = path.includes("secondary") ? SECONDARY_FLAG.key : PRIMARY_FLAG.key;
    return paths.length === 0 ? [overrideProblem(place, `requires ${missing}: URL`)] : [];
  });
}

function placeOf({ key }: Flag, settings: Settings, index?: number): string {
  const { place } = settings.place(index === undefined ? [key] : [key, index], "value");
  return `${place} ${key}${index === undefined ? "" : `[${index}]`}`;
}
