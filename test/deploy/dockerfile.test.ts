import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { unknownArguments } from "./cli.ts";
import { readText, ROOT } from "./compose-file.ts";

interface Instruction {
  readonly name: string;
  readonly value: string;
}

interface Stage {
  readonly name: string | undefined;
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

interface Package {
  readonly bin: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
}

function instructionsOf(text: string): Instruction[] {
  const joined = text.replaceAll(/^#.*\n/gm, "").replaceAll(/\\\n/g, " ");
  return joined
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => ({ name: line.split(" ", 1)[0] ?? "", value: line.slice(line.indexOf(" ") + 1).trim() }));
}

function stagesOf(instructions: readonly Instruction[]): Stage[] {
  const starts = instructions.flatMap(({ name }, index) => (name === "FROM" ? [index] : []));
  return starts.map((start, index) => {
    const [base = "", , name] = (instructions[start]?.value ?? "").split(" ");
    return { base, name, instructions: instructions.slice(start + 1, starts[index + 1]) };
  });
}

/** The values of all instructions of this name in a stage. */
function valuesOf(stage: Stage | undefined, name: string): string[] {
  return (stage?.instructions ?? []).filter((instruction) => instruction.name === name).map(({ value }) => value);
}

const stages = stagesOf(instructionsOf(readText("Dockerfile")));
const final = stages.at(-1);
const pkg = JSON.parse(readText("package.json")) as Package;

describe("Dockerfile", () => {
  it("starts every stage from Node 26 or from an earlier stage", () => {
    for (const [index, { base }] of stages.entries()) {
      const earlier = stages.slice(0, index).map(({ name }) => name);
      expect([...earlier, "node:26-slim"]).toContain(base);
    }
  });

  it("copies only existing files that .dockerignore allows, and results of earlier stages", () => {
    const allowed = readText(".dockerignore")
      .split("\n")
      .filter((line) => line.startsWith("!"))
      .map((line) => line.slice(1));
    const copies = stages.flatMap((stage) => valuesOf(stage, "COPY"));
    const fromContext = copies.filter((value) => !value.startsWith("--from"));
    const sources = fromContext.flatMap((value) => value.split(" ").slice(0, -1));
    expect(sources.filter((source) => !existsSync(join(ROOT, source)) || !allowed.includes(source))).toEqual([]);
    const fromStages = copies.filter((value) => value.startsWith("--from"));
    expect(fromStages).toEqual(["--from=package /app /app"]);
    expect(stages.map(({ name }) => name)).toEqual(["package", undefined]);
    expect(allowed.every((path) => existsSync(join(ROOT, path)))).toBe(true);
  });

  it("packs the npm package, and installs only production dependencies next to it, in their locked versions", () => {
    const runs = valuesOf(stages[0], "RUN");
    expect(runs.map((run) => /npm \w+(?: --omit=dev)?/.exec(run)?.[0])).toEqual([
      "npm ci",
      "npm pack",
      "npm ci --omit=dev",
    ]);
    expect(runs.at(-1)).toContain("tar -xzf /build/shadowdiff-*.tgz --strip-components=1");
    expect(pkg.scripts).toHaveProperty("prepack");
  });

  it("runs as a user who can write only to the store", () => {
    expect(valuesOf(final, "USER")).toEqual(["node"]);
    const [volume = ""] = valuesOf(final, "VOLUME");
    expect(valuesOf(final, "RUN").join()).toContain(`install -d -o node -g node -m 0700 ${volume}`);
    const compose = parse(readText("docker-compose.yml"), { merge: true }) as {
      services: Record<string, { volumes?: string[] }>;
    };
    expect(compose.services["shadowdiff"]?.volumes).toContain(`store:${volume}`);
  });

  it("checks its health at /readyz of the default admin address", async () => {
    const [check = ""] = valuesOf(final, "HEALTHCHECK");
    const url = /http:\/\/([\d.:]+)\/readyz/.exec(check)?.[1];
    expect(url).toBe("127.0.0.1:9900");
    expect(readText("deploy/compose/shadowdiff.yaml")).toContain("listen: 0.0.0.0:9900");
    expect(valuesOf(final, "EXPOSE")).toEqual(["8080 9900"]);
  });

  it("starts an existing command", async () => {
    const entry = JSON.parse(valuesOf(final, "ENTRYPOINT")[0] ?? "[]") as string[];
    expect(entry).toEqual(["shadowdiff"]);
    const link = join("/app", pkg.bin["shadowdiff"] ?? "");
    expect(valuesOf(final, "RUN").join()).toContain(`ln -s ${link} /usr/local/bin/shadowdiff`);
    const command = JSON.parse(valuesOf(final, "CMD")[0] ?? "[]") as string[];
    expect(await unknownArguments(command)).toEqual([]);
  });
});
