import { isDeepStrictEqual } from "node:util";
import type { EffectiveOption, OptionSource } from "../../model/views/configuration.ts";
import { bool, MASKED } from "../values/value-type.ts";
import { FLAGS, type Flag } from "./flags.ts";
import { TOKEN_VARIABLE } from "./mistyped-variables.ts";
import type { FieldPath } from "./option.ts";
import { expandPath, isIstio, mirrorsPath } from "./option-paths.ts";
import type { Settings } from "./settings.ts";

const TOKEN_FILE: FieldPath = ["admin", "tokenFile"];

/**
 * Every option with its effective value and source.
 * @param settings after flags and variables were applied
 * @param hasToken whether the admin listener requires a token
 */
export function effectiveOptions(settings: Settings, hasToken: boolean): readonly EffectiveOption[] {
  const options = FLAGS.flatMap((flag) => {
    const path = flag.path === undefined || !isIstio(settings) ? flag.path : mirrorsPath(flag.path);
    return path === undefined ? [] : expandPath(settings, path).map((one) => effectiveOption(settings, flag, one));
  });
  return [...options, tokenOption(settings, hasToken)];
}

function effectiveOption(settings: Settings, flag: Flag, path: FieldPath): EffectiveOption {
  const { help, type } = flag;
  const written = settings.at(path);
  const byDefault = flag.defaultText ?? (type === bool ? "false" : null);
  const place = written === undefined ? "" : settings.place(path, "value").place;
  return {
    name: nameOf(settings, path),
    help,
    kind: type.placeholder,
    value: written === undefined ? byDefault : (type.conceal ?? String)(textOf(written)),
    default: byDefault,
    isDefault:
      written === undefined || (byDefault !== null && isDeepStrictEqual(type.parse(written), type.parse(byDefault))),
    source: sourceOf(place),
    place,
  };
}

/** The token itself stays in the process. */
function tokenOption(settings: Settings, hasToken: boolean): EffectiveOption {
  const place = settings.at(TOKEN_FILE) === undefined ? TOKEN_VARIABLE : settings.place(TOKEN_FILE, "value").place;
  return {
    name: "admin.token",
    help: "what admin requests must carry",
    kind: "token",
    value: hasToken ? MASKED : null,
    default: null,
    isDefault: !hasToken,
    source: hasToken ? sourceOf(place) : "default",
    place: hasToken ? place : "",
  };
}

function sourceOf(place: string): OptionSource {
  if (place === "") return "default";
  if (place.startsWith("--")) return "flag";
  return place.startsWith("SHADOWDIFF_") ? "variable" : "file";
}

/** The path with the names of routes and versions instead of their positions. */
function nameOf(settings: Settings, path: FieldPath): string {
  return path.map((part, index) => (typeof part === "number" ? itemName(settings, path, index) : part)).join(".");
}

function itemName(settings: Settings, path: FieldPath, index: number): string | number {
  const item = settings.at(path.slice(0, index + 1)) as { readonly name?: unknown; readonly subset?: unknown };
  const name = item.name ?? item.subset;
  return typeof name === "string" ? name : (path[index] ?? "");
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(", ");
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}
