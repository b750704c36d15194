import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runInit, type InitOptions } from "../../../src/commands/init/run-init.ts";
import { loadConfig } from "../../../src/config/load-config.ts";
import type { FlagValues } from "../../../src/config/options/settings.ts";
import { runProgram } from "../run-program.ts";

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "init-"));
  file = join(folder, "shadowdiff.yaml");
});
afterEach(() => rmSync(folder, { recursive: true }));

const PRIMARY = "http://127.0.0.1:9001";
const CANDIDATE = "http://127.0.0.1:9002";
const TWO = { primary: PRIMARY, candidate: [CANDIDATE] };

interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly asked: readonly string[];
}

/** @param answers undefined without a terminal; a missing answer is Ctrl-D */
async function init(options: Omit<InitOptions, "file">, answers?: readonly string[]): Promise<Result> {
  let [out, err] = ["", ""];
  const asked: string[] = [];
  const questions = answers && {
    ask: (question: string) => Promise.resolve(answers[asked.push(question) - 1]),
    close: () => undefined,
  };
  const io = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
  const code = await runInit({ ...options, file }, io, questions);
  return { code, out, err, asked };
}

/** What the flags alone mean. */
function expected(flags: FlagValues): object {
  return loadConfig({ flags, env: {} });
}

function written(text = readFileSync(file, "utf8")): object {
  return loadConfig({ file: { path: file, text }, flags: {}, env: {} });
}

describe("init", () => {
  it("writes what the options say, and the next command", async () => {
    const { code, out, err } = await init(TWO);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toBe(`wrote ${file}; next: shadowdiff serve --config ${file}\n`);
    expect(written()).toEqual(expected({ ...TWO, selfCheck: "20" }));
  });

  it.each<[string, Omit<InitOptions, "file">, FlagValues]>([
    [
      "a secondary",
      { ...TWO, secondary: "twin=http://127.0.0.1:9003" },
      { ...TWO, secondary: "twin=http://127.0.0.1:9003" },
    ],
    ["another self-check", { ...TWO, selfCheck: "2.5" }, { ...TWO, selfCheck: "2.5" }],
    ["no self-check", { ...TWO, selfCheck: "0" }, TWO],
    [
      "several candidates",
      { primary: PRIMARY, candidate: [CANDIDATE, "next=http://[::1]:9003"], selfCheck: "0" },
      { primary: PRIMARY, candidate: [CANDIDATE, "next=http://[::1]:9003"] },
    ],
    [
      "candidates separated by commas",
      { primary: PRIMARY, candidate: [`${CANDIDATE},https://c`], selfCheck: "0" },
      { primary: PRIMARY, candidate: [CANDIDATE, "https://c"] },
    ],
    [
      "a service on a port of shadowdiff",
      { primary: "http://localhost:8080", candidate: ["http://127.0.0.1:8081"], selfCheck: "0" },
      { primary: "http://localhost:8080", candidate: ["http://127.0.0.1:8081"], listen: "127.0.0.1:8082" },
    ],
  ])("writes %s", async (_, options, flags) => {
    expect(await init(options)).toMatchObject({ code: 0, err: "" });
    expect(written()).toEqual(expected(flags));
  });

  it("what it suggests in comments is valid", async () => {
    await init({ ...TWO, selfCheck: "0" });
    const text = readFileSync(file, "utf8");
    const suggestions = [...text.matchAll(/^# (method|selfCheck|secondary): .*$/gm)].map(([line]) => line.slice(2));
    expect(suggestions.map((line) => line.split(":", 1)[0])).toEqual(["method", "selfCheck", "secondary"]);
    const rules = text.slice(text.indexOf("# compare:")).replaceAll(/^# /gm, "");
    expect(written(`${text}${suggestions.slice(0, 2).join("\n")}\n${rules}`)).toMatchObject({
      compare: { rules: [{ path: "$.updatedAt" }] },
    });
    expect(written(`${text}${suggestions[2]}`)).toEqual(expected({ ...TWO, secondary: "http://127.0.0.1:9003" }));
  });

  it("keeps an existing file unless it is forced", async () => {
    writeFileSync(file, "mine");
    expect(await init(TWO)).toMatchObject({
      code: 2,
      out: "",
      err: `${file} exists; write --force to replace it, or another name\n`,
    });
    expect(readFileSync(file, "utf8")).toBe("mine");
    expect(await init({ ...TWO, force: true })).toMatchObject({ code: 0 });
    expect(written()).toEqual(expected({ ...TWO, selfCheck: "20" }));
  });

  it.each<[Omit<InitOptions, "file">, string]>([
    [
      {},
      "--primary: missing; write the URL of the version that serves clients, or run init on a terminal, where it asks\n",
    ],
    [
      { primary: PRIMARY },
      "--candidate: missing; write the URL of a version under test, or run init on a terminal, where it asks\n",
    ],
    [
      { primary: PRIMARY, candidate: ["127.0.0.1:9002"] },
      '--candidate: "127.0.0.1:9002" has no scheme; write http://127.0.0.1:9002 (allowed: http://host:port or https://host:port, or name=URL)\n',
    ],
    [
      { ...TWO, selfCheck: "200" },
      "--self-check: 200 is above 100 (allowed: a number, 0 to 100, in steps of 0.0001)\n",
    ],
    [
      { ...TWO, secondary: PRIMARY, selfCheck: "2" },
      "--secondary and --self-check are mutually exclusive; prefer the secondary\n",
    ],
  ])("%j without a terminal is an error", async (options, err) => {
    expect(await init(options)).toEqual({ code: 2, out: "", err, asked: [] });
  });

  it("says why the file cannot be written", async () => {
    file = join(folder, "no", "shadowdiff.yaml");
    const missing = await init(TWO);
    expect([missing.code, missing.err]).toEqual([2, `cannot write ${file}: its folder does not exist\n`]);
    file = folder;
    const { code, err } = await init({ ...TWO, force: true });
    expect([code, err]).toEqual([2, `cannot write ${folder}: it is a folder; write the path of a file\n`]);
  });
});

describe("init on a terminal", () => {
  it.each<[string, FlagValues]>([
    ["", { selfCheck: "20" }],
    ["5%", { selfCheck: "5" }],
    ["0", {}],
    ["http://127.0.0.1:9003", { secondary: "http://127.0.0.1:9003" }],
  ])("asks three questions; noise: %j", async (noise, flags) => {
    const { code, asked } = await init({}, [PRIMARY, ` ${CANDIDATE} `, noise]);
    expect([code, asked.length]).toEqual([0, 3]);
    expect(written()).toEqual(expected({ ...TWO, ...flags }));
  });

  it("asks again after an invalid line, and only for what the options leave out", async () => {
    const { code, err, asked } = await init({ primary: PRIMARY, selfCheck: "0" }, ["", "localhost:9002", CANDIDATE]);
    expect([code, asked.length]).toEqual([0, 3]);
    expect(err).toBe(`"" is not a URL (allowed: http://host:port or https://host:port, or name=URL)
"localhost:9002" has no scheme; write http://localhost:9002 (allowed: http://host:port or https://host:port, or name=URL)
`);
    expect(written()).toEqual(expected(TWO));
  });

  it("ends with 130 and without a file when the user leaves", async () => {
    expect(await init({}, [PRIMARY])).toMatchObject({ code: 130, out: "" });
    expect(() => readFileSync(file)).toThrow("ENOENT");
  });
});

it("the real program does not ask without a terminal, and check accepts what it writes", async () => {
  const asked = await runProgram(["init", file]);
  expect([asked.code, asked.stdout]).toEqual([2, ""]);
  expect(await runProgram(["init", file, "--primary", PRIMARY, "--candidate", CANDIDATE])).toMatchObject({
    code: 0,
    stderr: "",
  });
  expect(await runProgram(["check", file])).toMatchObject({ code: 0, stderr: "" });
});
