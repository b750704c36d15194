import { readFileSync } from "node:fs";

const MIN_NODE_MAJOR = 24;

/** The version of shadowdiff, from package.json. */
export function packageVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** @returns a one-line message if this version of Node is too old, otherwise undefined */
export function nodeVersionProblem(version: string): string | undefined {
  const major = Number.parseInt(version, 10);
  if (major >= MIN_NODE_MAJOR) return undefined;
  return `shadowdiff requires Node ${MIN_NODE_MAJOR} or later, but this is Node ${version}. In the repository, npm start and npm run demo use the right version.`;
}
