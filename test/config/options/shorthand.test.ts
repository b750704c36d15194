import { describe, expect, it } from "vitest";
import { ConfigError } from "../../../src/config/config-error.ts";
import { loadConfig } from "../../../src/config/load-config.ts";
import type { Environment, FlagValues } from "../../../src/config/options/settings.ts";
import { SHORTHAND_FLAGS } from "../../../src/config/options/shorthand.ts";
import type { Config } from "../../../src/model/config.ts";

const URLS = "primary: http://127.0.0.1:9001\ncandidate: http://127.0.0.1:9002\n";
const TWO = { primary: "http://127.0.0.1:9001", candidate: ["http://127.0.0.1:9002"] };

function load(text: string | undefined, flags: FlagValues = {}, env: Environment = {}): Config {
  return loadConfig({ file: text === undefined ? undefined : { path: "s.yaml", text }, flags, env });
}

function problems(text: string, flags: FlagValues = {}): readonly string[] {
  try {
    load(text, flags);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split("\n");
    throw error;
  }
  return [];
}

function urls({ subsets }: Config): Record<string, string | undefined> {
  return Object.fromEntries([...subsets.values()].map(({ name, urls: [url] }) => [name, url]));
}

describe("versions and mirroring at the top of a document", () => {
  it("are what subsets and routes say", () => {
    const long = load(`
subsets: { v1: { url: "http://127.0.0.1:9001" }, v2: { url: "http://127.0.0.1:9002" }, v3: { url: "http://127.0.0.1:9003" } }
routes:
  - primary: [{ subset: v1 }]
    candidates: [{ subset: v2, percent: 5, methods: [GET, POST] }, { subset: v3, percent: 5, methods: [GET, POST] }]
    selfCheck: 20
`);
    const short = load(`
primary: v1=http://127.0.0.1:9001
candidate: [v2=http://127.0.0.1:9002, v3=http://127.0.0.1:9003]
percent: 5
method: [GET, POST]
selfCheck: 20
`);
    expect(short).toEqual(long);
  });

  const VALUES: Readonly<Record<string, string | readonly string[]>> = {
    primary: "v1=http://127.0.0.1:9011",
    candidate: ["http://127.0.0.1:9012", "next=http://127.0.0.1:9013"],
    secondary: "http://127.0.0.1:9014",
    percent: "12.5",
    sampling: "verdict",
    budget: "33",
    floor: "0.7",
    method: ["GET", "POST"],
    candidateTimeout: "3s",
    maxInFlight: "17",
    candidateMaxBufferedBytes: "3MiB",
    breakerFailures: "9",
    breakerOpen: "7s",
    candidateHost: "shadow",
    secondaryPercent: "30",
    secondaryTimeout: "4s",
    secondaryMaxInFlight: "18",
    secondaryMaxBufferedBytes: "4MiB",
    selfCheck: "15",
    selfCheckDelay: "6ms..9ms",
  };

  it("covers every flag for versions and mirroring", () => {
    expect(SHORTHAND_FLAGS.map(({ key }) => key).toSorted()).toEqual(Object.keys(VALUES).toSorted());
  });

  it.each(Object.entries(VALUES))("%s is its flag", (field, value) => {
    const base: Record<string, string | readonly string[]> = {
      ...TWO,
      ...(field.startsWith("secondary") && { secondary: "http://127.0.0.1:9003" }),
      ...(field === "selfCheckDelay" && { selfCheck: "10" }),
      ...((field === "budget" || field === "floor") && { sampling: "verdict" }),
    };
    const flags = { ...base, [field]: value };
    const config = load(
      Object.entries(flags)
        .map(([key, one]) => `${key}: ${JSON.stringify(one)}\n`)
        .join(""),
    );
    expect(config).toEqual(load(undefined, flags));
    expect(config).not.toEqual(load(undefined, base));
  });

  it("flags override it, and a version keeps its name", () => {
    const text = "primary: v1=http://127.0.0.1:9001\ncandidate: v2=http://127.0.0.1:9002\npercent: 5\n";
    const flags = { primary: "http://127.0.0.1:9011", candidate: ["v4=http://127.0.0.1:9014"], percent: "70" };
    const config = load(text, flags, { SHADOWDIFF_SECONDARY: "http://127.0.0.1:9003" });
    expect(urls(config)).toEqual({
      v1: "http://127.0.0.1:9011",
      v4: "http://127.0.0.1:9014",
      secondary: "http://127.0.0.1:9003",
    });
    expect(config.routes).toEqual(
      load(undefined, { ...flags, primary: "v1=http://127.0.0.1:9011", secondary: "http://127.0.0.1:9003" }).routes,
    );
  });

  it("a document can name one version and a flag the other", () => {
    expect(urls(load("primary: http://127.0.0.1:9001\n", { candidate: ["http://127.0.0.1:9002"] }))).toEqual({
      primary: "http://127.0.0.1:9001",
      candidate: "http://127.0.0.1:9002",
    });
  });
});

describe("errors name the field, its position and the remedy", () => {
  const URL_OR_NAME = "(allowed: http://host:port or https://host:port, or name=URL)";
  const SUBSETS = "subsets: { v1: { url: 'http://127.0.0.1:9001' } }\n";
  const ONLY =
    "write only subsets: { v1: { url: URL }, v2: { url: URL } } and routes: [{ primary: [{ subset: v1 }], candidates: [{ subset: v2 }] }]";

  it.each<[string, readonly string[]]>([
    [
      "primary: 127.0.0.1:9001\ncandidate: [http://127.0.0.1:9002, { url: x }]\n",
      [
        `s.yaml:1:10 primary: "127.0.0.1:9001" has no scheme; write http://127.0.0.1:9001 ${URL_OR_NAME}`,
        `s.yaml:2:36 candidate[1]: a mapping is not a URL ${URL_OR_NAME}`,
      ],
    ],
    [
      "primary: http://127.0.0.1:9001\n",
      ["s.yaml:1:1 candidate: missing; write candidate: URL, the URL of a version under test"],
    ],
    [
      "primary: http://127.0.0.1:9001\ncandidates: http://127.0.0.1:9002\n",
      [
        's.yaml:2:1 candidates: unknown field; did you mean "candidate"?',
        "s.yaml:1:1 candidate: missing; write candidate: URL, the URL of a version under test",
      ],
    ],
    [
      "primary: [http://h:1, http://h:2]\ncandidate: http://h:3\n",
      [
        `s.yaml:1:10 primary: a list is not a URL; write several instances as subsets: { v1: { urls: [URL, URL] } } ${URL_OR_NAME}`,
      ],
    ],
    [`${URLS}methods: [GET]\n`, ['s.yaml:3:1 methods: unknown field; did you mean "method"?']],
    [
      `${URLS}percent: 500\n`,
      ["s.yaml:3:10 percent: 500 is above 100 (allowed: a number, 0 to 100, in steps of 0.0001)"],
    ],
    [`${URLS}secondaryPercent: 5\n`, ["s.yaml:3:19 secondaryPercent: requires secondary: URL"]],
    [`${URLS}candidate: http://127.0.0.1:9003\n`, ["s.yaml:3:1: the field candidate occurs twice; remove one"]],
    [
      "primary: http://127.0.0.1:8080\ncandidate: http://127.0.0.1:9002\n",
      ["s.yaml:1:10 primary: this is shadowdiff's own listener; write the URL of the service"],
    ],
    [
      `primary: v1\npercent: 5\nselfCheck: 5\nsecondaryTimeout: 5s\n${SUBSETS}routes: [{ primary: [{ subset: v1 }] }]\n`,
      [
        `s.yaml:1:10 primary: primary and routes (s.yaml:6:1) are mutually exclusive; ${ONLY}`,
        "s.yaml:2:10 percent: percent and routes (s.yaml:6:1) are mutually exclusive; write it in routes: candidates: [{ subset: v2, percent: … }]",
        "s.yaml:4:19 secondaryTimeout: secondaryTimeout and routes (s.yaml:6:1) are mutually exclusive; write it in routes: secondary: { subset: v1-twin, timeout: … }",
        "s.yaml:3:12 selfCheck: selfCheck and routes (s.yaml:6:1) are mutually exclusive; write it in each route: { primary: [{ subset: v1 }], selfCheck: … }",
      ],
    ],
    [
      `primary: v1\n${SUBSETS}`,
      [`s.yaml:1:10 primary: primary and subsets (s.yaml:2:1) are mutually exclusive; ${ONLY}`],
    ],
    [
      `istio: [a.yaml]\n${URLS}secondary: http://127.0.0.1:9003\npercent: 5\nselfCheck: 5\n`,
      [
        "s.yaml:2:10 primary: the Istio documents define the versions; write their URLs as addresses: { HOST/SUBSET: URL }",
        "s.yaml:3:12 candidate: the Istio documents define the versions; write their URLs as addresses: { HOST/SUBSET: URL }",
        "s.yaml:4:12 secondary: write it below mirrors: mirrors: { secondary: { url: URL } }",
        "s.yaml:5:10 percent: the Istio documents define this; remove it",
        "s.yaml:6:12 selfCheck: write selfCheck below mirrors",
      ],
    ],
  ])("%j", (text, expected) => {
    expect(problems(text)).toEqual(expected);
  });
});
