import type { TypedSecrets } from "../../presentation/exchange/fill-masked.ts";
import { CommandError } from "./command-io.ts";

/**
 * The values of `--secret place=variable`: a value on the command line would show in the list of processes.
 * @throws {CommandError} if one is not of this form, or its variable is not set
 */
export function readSecrets(texts: readonly string[] = []): TypedSecrets {
  return Object.fromEntries(texts.map(readSecret));
}

function readSecret(text: string): readonly [place: string, value: string] {
  const [, place = "", variable = ""] = /^(.+)=([A-Za-z_]\w*)$/.exec(text) ?? [];
  if (place === "") {
    throw new CommandError(`--secret: ${text} is not place=variable, such as "header authorization=TOKEN"`);
  }
  const value = process.env[variable];
  if (value !== undefined) return [place, value];
  throw new CommandError(`--secret: the environment variable ${variable} is not set; it holds the value of ${place}`);
}
