import { parseArgs } from "node:util";

/** Reads numeric options; each key is a flag, each value its default. */
export function readNumbers<Name extends string>(
  defaults: Readonly<Record<Name, number>>,
  texts: readonly string[] = [],
  args: readonly string[] = process.argv.slice(2),
): { readonly numbers: Readonly<Record<Name, number>>; readonly texts: Readonly<Record<string, string | undefined>> } {
  const names = Object.keys(defaults) as Name[];
  const options = Object.fromEntries([...names, ...texts].map((name) => [name, { type: "string" as const }]));
  const { values } = parseArgs({ options, args: [...args] });
  const numbers = Object.fromEntries(
    names.map((name) => {
      const number = values[name] === undefined ? defaults[name] : Number(values[name]);
      if (!Number.isFinite(number) || number < 0) throw new Error(`--${name}: a number from 0, not "${values[name]}"`);
      return [name, number];
    }),
  ) as Record<Name, number>;
  return { numbers, texts: Object.fromEntries(texts.map((name) => [name, values[name]])) };
}

/** Returns the members of a comma-separated list in the order of `known`; all of them without a list. */
export function chosen<Name extends string>(flag: string, text: string | undefined, known: readonly Name[]): Name[] {
  if (text === undefined || text === "all") return [...known];
  const names = text.split(",");
  const stranger = names.find((name) => !(known as readonly string[]).includes(name));
  if (stranger !== undefined) throw new Error(`--${flag}: no "${stranger}"; choose from ${known.join(", ")}`);
  return known.filter((name) => names.includes(name));
}
