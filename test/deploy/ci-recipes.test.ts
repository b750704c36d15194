import { execFile, type ExecFileException } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { Ajv, type AnySchemaObject } from "ajv";
import { SaxesParser } from "saxes";
import { describe, expect, it, onTestFinished } from "vitest";
import { parse } from "yaml";
import type { Report } from "../../src/model/report.ts";
import { openSqliteReader } from "../../src/store/sqlite/read/sqlite-reader.ts";
import { openSqliteWriter } from "../../src/store/sqlite/write/sqlite-writer.ts";
import { FIRST_BATCH, RUN } from "../e2e/dashboard-data.ts";
import { OPTIONS } from "../store/store-fixture.ts";
import { freePort } from "../tools/free-port.ts";

const ROOT = join(import.meta.dirname, "../..");
const CI = join(ROOT, "examples/ci");
/** SchemaStore's schemas of GitHub, and GitLab's own, as the Python package check-jsonschema 0.39.0 ships them. */
const SCHEMAS = join(import.meta.dirname, "schemas");

interface Step {
  readonly id?: string;
  readonly name: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly shell?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly steps: readonly Step[] };
}

const ACTION = parse(readFileSync(join(ROOT, "action.yml"), "utf8")) as Action;

/** What a document of a pipeline violates. */
function violations(schema: string, file: string): readonly string[] {
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  const validate = ajv.compile(JSON.parse(readFileSync(join(SCHEMAS, `${schema}.json`), "utf8")) as AnySchemaObject);
  void validate(parse(readFileSync(file, "utf8")));
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

interface Ended {
  readonly code: number;
  readonly output: string;
}

/** Runs a script as GitHub's runner and GitLab's do. */
function bash(script: string, cwd: string, env: Readonly<Record<string, string>>): Promise<Ended> {
  const path = [dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter);
  return new Promise((resolve) => {
    execFile(
      "bash",
      ["--noprofile", "--norc", "-eo", "pipefail", "-c", script],
      { cwd, env: { PATH: path, HOME: cwd, ...env } },
      (error: ExecFileException | null, out, err) => {
        resolve({ code: error === null ? 0 : Number(error.code), output: out + err });
      },
    );
  });
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "shadowdiff-ci-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Two versions, the configuration that compares them, and traffic.sh. @returns the admin address */
async function writeRehearsal(folder: string): Promise<string> {
  const [primary, candidate] = await Promise.all([
    listen((_request, response) => response.end("one")),
    listen((_request, response) => response.end("two")),
  ]);
  const [port, adminPort] = [await freePort(), await freePort()];
  writeFileSync(
    join(folder, "rehearsal.yaml"),
    `listen: 127.0.0.1:${port}
admin: { listen: 127.0.0.1:${adminPort} }
primary: ${primary}
candidate: ${candidate}
`,
  );
  const script = `#!/bin/sh\ncurl -sf http://127.0.0.1:${port}/a http://127.0.0.1:${port}/b\n`;
  writeFileSync(join(folder, "traffic.sh"), script);
  writeFileSync(join(folder, "start-versions.sh"), "#!/bin/sh\n");
  copyFileSync(join(CI, "rehearse.sh"), join(folder, "rehearse.sh"));
  for (const name of ["traffic.sh", "start-versions.sh"]) chmodSync(join(folder, name), 0o755);
  return `http://127.0.0.1:${adminPort}`;
}

/** A store whose candidate v2 fails. */
async function writeFailingStore(folder: string): Promise<void> {
  const writer = openSqliteWriter(join(folder, "shadowdiff.db"), OPTIONS);
  await writer.beginRun(RUN);
  await writer.commit(RUN.id, [FIRST_BATCH]);
  await writer.close();
}

const EXPRESSION = /\$\{\{ *([\w.-]+) *\}\}/g;

/** A job that uses the action, without the steps that only a runner has. */
class Job {
  readonly folder = newFolder();
  readonly outputs: Record<string, string> = {};
  readonly log: string[] = [];
  readonly #context: Readonly<Record<string, string>>;
  readonly #env: Record<string, string>;

  /** @param inputs of the action @param api URL of GitHub's API */
  constructor(inputs: Readonly<Record<string, string>>, api = "") {
    const values = Object.entries(ACTION.inputs).map(
      ([name, { default: value = "" }]) => [`inputs.${name}`, inputs[name] ?? value] as const,
    );
    const github = { "github.token": "secret", "github.event.pull_request.number": "7" };
    this.#context = { ...Object.fromEntries(values), ...github };
    const runner = join(this.folder, ".runner");
    mkdirSync(runner);
    this.#env = {
      GITHUB_ACTION_PATH: ROOT,
      GITHUB_API_URL: api,
      GITHUB_GRAPHQL_URL: `${api}/graphql`,
      GITHUB_REPOSITORY: "shop/api",
      RUNNER_TEMP: runner,
      GITHUB_PATH: join(runner, "path"),
      GITHUB_OUTPUT: join(runner, "output"),
      GITHUB_STEP_SUMMARY: join(runner, "summary"),
    };
  }

  get summary(): string {
    return readFileSync(this.#env["GITHUB_STEP_SUMMARY"] ?? "", "utf8");
  }

  /** Runs the steps up to the first one that fails. @returns its exit code, or 0 */
  async run(): Promise<number> {
    for (const step of ACTION.runs.steps) {
      if (step.run === undefined || (step.if !== undefined && !this.#isTrue(step.if))) continue;
      const code = await this.step(step.name);
      if (code !== 0) return code;
    }
    return 0;
  }

  async step(name: string): Promise<number> {
    const step = ACTION.runs.steps.find((each) => each.name === name);
    const env = Object.entries(step?.env ?? {}).map(([key, value]) => [key, this.#evaluate(value)] as const);
    const added = this.#lines("GITHUB_PATH").join(delimiter);
    const path = [added, dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter);
    const { code, output } = await bash(step?.run ?? "", this.folder, {
      ...this.#env,
      PATH: path,
      ...Object.fromEntries(env),
    });
    this.log.push(output);
    for (const line of this.#lines("GITHUB_OUTPUT")) {
      const at = line.indexOf("=");
      this.outputs[line.slice(0, at)] = line.slice(at + 1);
    }
    return code;
  }

  #lines(file: string): readonly string[] {
    const path = this.#env[file] ?? "";
    return existsSync(path)
      ? readFileSync(path, "utf8")
          .split("\n")
          .filter((line) => line !== "")
      : [];
  }

  #evaluate(text: string): string {
    return text.replaceAll(EXPRESSION, (_all, name: string) => {
      const output = /^steps\.report\.outputs\.(.+)$/.exec(name)?.[1];
      const value = output === undefined ? this.#context[name] : (this.outputs[output] ?? "");
      if (value === undefined) throw new Error(`unknown expression ${name}`);
      return this.#evaluate(value);
    });
  }

  /** Conditions of the form `a == 'b' && c != ''`. */
  #isTrue(condition: string): boolean {
    const terms = condition.replaceAll(/^\$\{\{|\}\}$/g, "").split("&&");
    return terms.every((term) => {
      const [, name = "", operator, wanted] = /^\s*([\w.-]+) (==|!=) '(.*)'\s*$/.exec(term) ?? [];
      if (operator === undefined) throw new Error(`unknown condition ${term}`);
      return (this.#evaluate(`\${{ ${name} }}`) === wanted) === (operator === "==");
    });
  }
}

/** How many requests each run of a store received, newest run first. */
async function receivedOf(store: string): Promise<readonly number[]> {
  const reader = openSqliteReader(store);
  const runs = await reader.runs();
  const counts = await Promise.all(runs.map(({ id }) => reader.accounting(id, "candidate")));
  await reader.close();
  return counts.map((rows) =>
    rows.filter(({ fate }) => fate === "received").reduce((sum, { count }) => sum + count, 0),
  );
}

/** The account of a workflow's token. */
const BOT = { login: "github-actions[bot]", type: "Bot" };
const STRANGER = { login: "stranger", type: "User" };
const MARKER = "<!-- shadowdiff: shadowdiff -->\n";

/** GitHub's comments of an issue and the account of a token: the only parts of its API that the action uses. */
async function fakeComments(): Promise<{
  readonly api: string;
  readonly calls: string[];
  readonly comments: { id: number; body: string; user: { login: string; type: string } | null }[];
}> {
  const comments: Awaited<ReturnType<typeof fakeComments>>["comments"] = Array.from({ length: 100 }, (_, id) => ({
    id,
    // A stranger who could edit the report of another account.
    body: id === 7 ? `${MARKER}pass` : "a comment of a person",
    user: id === 8 ? null : STRANGER,
  }));
  const calls: string[] = [];
  const api = await listen((request, response) => {
    const url = new URL(request.url ?? "", "http://api");
    calls.push(`${request.method} ${url.pathname}${url.search} ${request.headers.authorization}`);
    let text = "";
    request.on("data", (part) => (text += part));
    request.on("end", () => {
      if (request.method === "GET") {
        const from = 100 * (Number(url.searchParams.get("page")) - 1);
        return response.end(JSON.stringify(comments.slice(from, from + 100)));
      }
      if (url.pathname === "/graphql") return response.end(JSON.stringify({ data: { viewer: { login: BOT.login } } }));
      const { body } = JSON.parse(text) as { body: string };
      const known = comments.find(({ id }) => url.pathname.endsWith(`/comments/${id}`));
      if (known === undefined) comments.push({ id: comments.length, body, user: BOT });
      else known.body = body;
      return response.end("{}");
    });
  });
  return { api, calls, comments };
}

/** The test cases of a JUnit report, and how many failed, as a parser of XML reads them. */
function junitCounts(text: string): { readonly cases: number; readonly failures: number } {
  const names: string[] = [];
  const parser = new SaxesParser();
  parser.on("opentag", ({ name }) => names.push(name));
  parser.write(text).close();
  return {
    cases: names.filter((name) => name === "testcase").length,
    failures: names.filter((name) => name === "failure").length,
  };
}

describe("the GitHub action", () => {
  it("meets the schemas of actions and workflows, and so do the recipes", () => {
    expect(violations("github-actions", join(ROOT, "action.yml"))).toEqual([]);
    expect(violations("github-workflows", join(CI, "github-actions.yml"))).toEqual([]);
    expect(violations("gitlab-ci", join(CI, "gitlab-ci.yml"))).toEqual([]);
    // The schemas do find errors.
    expect(violations("github-workflows", join(ROOT, "action.yml"))).not.toEqual([]);
    expect(violations("gitlab-ci", join(CI, "github-actions.yml"))).not.toEqual([]);
  });

  it("puts no expression into a script, where a value could become code, and the recipe sets only inputs that exist", () => {
    const scripts = ACTION.runs.steps.map(({ run = "" }) => run);
    expect(scripts.filter((script) => script.includes("${{"))).toEqual([]);
    const recipe = parse(readFileSync(join(CI, "github-actions.yml"), "utf8")) as {
      jobs: { rehearse: { steps: readonly { uses?: string; with?: object }[] } };
    };
    const used = recipe.jobs.rehearse.steps.find(({ uses = "" }) => uses.includes("/shadowdiff@"));
    expect(Object.keys(ACTION.inputs)).toEqual(expect.arrayContaining(Object.keys(used?.with ?? {})));
    expect(Object.keys(used?.with ?? {})).toContain("config");
  });

  it("is shown in docs/ci.md as it is in the recipes", () => {
    const shown = readFileSync(join(ROOT, "docs/ci.md"), "utf8").split("```yaml\n").slice(1);
    const blocks = shown.map((text) => parse(text.split("```")[0] ?? "") as unknown);
    const workflow = parse(readFileSync(join(CI, "github-actions.yml"), "utf8")) as {
      jobs: { rehearse: { steps: readonly unknown[] } };
    };
    expect(blocks).toContainEqual([workflow.jobs.rehearse.steps[2]]);
    expect(blocks).toContainEqual(parse(readFileSync(join(CI, "gitlab-ci.yml"), "utf8")));
    const documented = readFileSync(join(ROOT, "docs/ci.md"), "utf8");
    expect(Object.keys(ACTION.inputs).filter((name) => !documented.includes(`\`${name}\``))).toEqual([]);
  });

  it("reports on a store: files, outputs, summary, one comment that later runs update, and the exit code of the gate", async () => {
    const { api, calls, comments } = await fakeComments();
    const job = new Job({ candidate: "v2", comment: "true" }, api);
    await writeFailingStore(job.folder);

    expect(await job.run()).toBe(1);

    expect(job.outputs).toMatchObject({ verdict: "fail", "exit-code": "1", html: "shadowdiff-report/report.html" });
    const file = (name: string): string => readFileSync(join(job.folder, job.outputs[name] ?? ""), "utf8");
    expect((JSON.parse(file("json")) as Report).verdict).toBe("fail");
    expect(file("html")).toContain("<title>fail: v2");
    expect(junitCounts(file("junit")).failures).toBeGreaterThan(0);
    expect(job.summary).toContain("GET /orders/{id}");
    expect(job.log.join("")).toContain("::error title=shadowdiff::fail");
    expect(comments.slice(100).map(({ body }) => body)).toEqual([MARKER + file("markdown")]);

    writeFileSync(join(job.folder, job.outputs["markdown"] ?? ""), "a later report");
    expect(await job.step("Comment on the pull request")).toBe(0);
    expect(comments.slice(100).map(({ body }) => body)).toEqual([`${MARKER}a later report`]);
    expect(calls.at(-1)).toBe("PATCH /repos/shop/api/issues/comments/100 Bearer secret");
  });

  it("serves a configuration while traffic runs, replays, and can let an inconclusive verdict pass with a warning", async () => {
    const rehearsal = newFolder();
    const admin = await writeRehearsal(rehearsal);
    const job = new Job({
      config: "rehearsal.yaml",
      traffic: "./traffic.sh",
      replay: "urls.txt",
      admin,
      // With several candidates, replay and report have to know which one.
      candidate: "candidate",
      summary: "false",
      "fail-on-inconclusive": "false",
    });
    const config = readFileSync(join(rehearsal, "rehearsal.yaml"), "utf8");
    const twoCandidates = config.replace(/^candidate: (.+)$/m, "candidate: [candidate=$1, other=$1]");
    writeFileSync(join(job.folder, "rehearsal.yaml"), twoCandidates);
    copyFileSync(join(rehearsal, "traffic.sh"), join(job.folder, "traffic.sh"));
    writeFileSync(join(job.folder, "urls.txt"), "/c\n/d\n/e\n");

    expect(await job.run()).toBe(0);

    const report = JSON.parse(readFileSync(join(job.folder, "shadowdiff-report/report.json"), "utf8")) as Report;
    expect(report.accounting).toMatchObject({ received: 3, compared: 3, differed: 3 });
    expect(await receivedOf(join(job.folder, "shadowdiff.db"))).toEqual([3, 2]);
    expect(job.outputs).toMatchObject({ verdict: "inconclusive", "exit-code": "3" });
    expect(job.log.join("")).toContain("::warning title=shadowdiff::inconclusive");
  });
});

/** `shadowdiff` as a command, as the recipes expect it. */
function installCommand(folder: string): Readonly<Record<string, string>> {
  const bin = join(folder, ".bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "shadowdiff"), `#!/bin/sh\nexec "${process.execPath}" "${ROOT}/src/shadowdiff.js" "$@"\n`);
  chmodSync(join(bin, "shadowdiff"), 0o755);
  return { PATH: [bin, dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter) };
}

/** The commands of the GitLab job and of the Jenkins stage, line by line. */
function recipeScripts(): { readonly gitlab: readonly string[]; readonly jenkins: readonly string[] } {
  const { shadowdiff } = parse(readFileSync(join(CI, "gitlab-ci.yml"), "utf8")) as {
    shadowdiff: { script: readonly string[] };
  };
  const [, jenkins = ""] = /script: '''\n(.*?)\n *'''/s.exec(readFileSync(join(CI, "Jenkinsfile"), "utf8")) ?? [];
  return { gitlab: shadowdiff.script, jenkins: jenkins.split("\n").map((line) => line.trim()) };
}

describe("the recipes for GitLab CI and Jenkins", () => {
  it("run the same script, which writes the reports that they keep, and ends with the exit code of the verdict", async () => {
    const folder = newFolder();
    const admin = await writeRehearsal(folder);
    const { gitlab, jenkins } = recipeScripts();

    const { code, output } = await bash(gitlab.join("\n"), folder, {
      ADMIN: admin,
      BUILD: "42",
      ...installCommand(folder),
    });

    expect(jenkins).toEqual(gitlab);
    expect({ code, output }).toMatchObject({ code: 3 });
    const file = (name: string): string => readFileSync(join(folder, "shadowdiff-report", name), "utf8");
    expect((JSON.parse(file("report.json")) as Report).run.name).toBe("build 42");
    expect(junitCounts(file("report.xml")).cases).toBeGreaterThan(0);
    expect(file("report.html")).toContain("build 42");
  });
});
