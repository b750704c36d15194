import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { filesBelow, ROOT } from "./pack.ts";

const FOLDERS = ["docs", "examples", "deploy", "src", "web/src"];
const FILES = ["README.md", "SECURITY.md", "CHANGELOG.md", "Dockerfile", "docker-compose.yml", "package.json"];

/**
 * Commands that fetch the name `shadowdiff` from the npm registry where it is not installed. The project does not own that
 * name, so a stranger could publish a program under it. The tarball and the checkout are named by their paths.
 */
const FETCHES = [
  /\b(?:npx|bunx|npm exec|(?:pnpm|yarn) dlx)(?: +-\S+)* +shadowdiff\b/,
  /\b(?:npm|pnpm|yarn|bun) (?:i|install|add)(?: +-\S+)* +shadowdiff(?![\w-]*[*\d.-]*\.tgz)\b/,
];

function fetches(text: string): boolean {
  return FETCHES.some((pattern) => pattern.test(text));
}

describe("documented commands", () => {
  it("never fetch `shadowdiff` from the npm registry", () => {
    const inFolders = FOLDERS.flatMap((folder) => filesBelow(join(ROOT, folder)).map((file) => join(folder, file)));
    const texts = [...FILES, ...inFolders].filter((file) => !/\.(?:png|svg)$/.test(file));
    expect(texts.filter((file) => fetches(readFileSync(join(ROOT, file), "utf8")))).toEqual([]);
  });

  it.each([
    ["npx shadowdiff serve", true],
    ["npx --yes shadowdiff", true],
    ["npm i -g shadowdiff", true],
    ["npm install shadowdiff@latest", true],
    ["npm i -g ./shadowdiff-0.1.0.tgz", false],
    ["npm i -g shadowdiff-*.tgz", false],
    ["shadowdiff serve", false],
    ["node_modules/.bin/shadowdiff serve", false],
  ])("%s: %s", (command, expected) => {
    expect(fetches(command)).toBe(expected);
  });
});
