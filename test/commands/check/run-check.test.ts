import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { beforeAll, describe, expect, it } from "vitest";
import { runCheck, type CheckOptions } from "../../../src/commands/check/run-check.ts";
import { CLI, runProgram } from "../run-program.ts";

const ROUTES = `subsets:
  v1: { urls: ["http://127.0.0.1:9001", "http://127.0.0.1:9011"] }
  v2: { url: "http://127.0.0.1:9002" }
routes:
  - name: chrome
    hosts: ["*.example", 127.0.0.1]
    match:
      - { uri: { prefix: /my-app }, headers: { user-agent: { regex: ".*Chrome.*" } } }
      - { uri: /exact }
    primary: [{ subset: v1, weight: 90 }, { subset: v2, weight: 10 }]
    rewrite: { uri: / }
    headers: { request: { set: { authorization: Bearer secret, x-a: "1" } } }
    fault: { delay: { percent: 5, duration: 7s } }
    candidates: [{ subset: v2, percent: 12.5, sticky: { cookie: id }, host: shadow }]
    secondary: { subset: v1, percent: 10 }
  - { name: old, match: [{ uri: { pathPrefix: /old } }], redirect: { authority: new.example, uri: /new } }
  - { name: teapot, match: [{ uri: /tea }], directResponse: { status: 418, body: short } }
`;
const ISTIO = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: reviews }
spec:
  hosts: ["*"]
  http:
    - route: [{ destination: { host: reviews, subset: v1 } }]
      mirror: { host: reviews, subset: v2 }
`;

let folder: string;
let routes: string;
let istio: string;
let broken: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "check-"));
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  routes = write("routes.yaml", ROUTES);
  istio = write("istio.yaml", ISTIO);
  broken = write("broken.yaml", ROUTES.replace("percent: 12.5", "percent: 120"));
});

function check(
  files: readonly string[],
  options: Partial<CheckOptions> = {},
): { code: number; out: string; err: string } {
  let [out, err] = ["", ""];
  const io = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
  const code = runCheck(files, { format: "text", ...options }, io, {});
  return { code, out, err: err.replaceAll(`${folder}/`, "") };
}

const DOUBLED =
  "warning: routes.yaml:11:21 routes[0].rewrite.uri: /my-app/x becomes //x, with a double slash; match pathPrefix /my-app instead of prefix\n";

describe("check", () => {
  it("prints the effective routing, hides credentials, warns, and exits with 0", () => {
    expect(check([routes])).toEqual({
      code: 0,
      out: `listens on 127.0.0.1:8080

#  route   hosts      request                                     goes to                                          mirrored to
1  chrome  *.example  path begins with "/my-app"                  v1 90%                                           v2 12.5% of GET, HEAD, OPTIONS
           127.0.0.1  and header user-agent matches ".*Chrome.*"  v2 10%                                           v2: sticky by cookie id
                      or path is "/exact"                         rewrites path /                                  v2: host with the suffix -shadow
                                                                  request: set authorization: (hidden)             v1 10% of these, to measure noise
                                                                  request: set x-a: 1
                                                                  fault on primary: 5% delayed by 7 s
2  old     any        path is below "/old"                        redirects with 301: host new.example, path /new
3  teapot  any        path is "/tea"                              responds directly: 418, 5 characters
                      all other requests                          responds directly: 404

version  address
v1       http://127.0.0.1:9001
         http://127.0.0.1:9011
v2       http://127.0.0.1:9002
`,
      err: DOUBLED,
    });
  });

  it("prints every error with its position and exits with 2", () => {
    expect(check([broken])).toEqual({
      code: 2,
      out: "",
      err: "broken.yaml:14:41 routes[0].candidates[0].percent: 120 is above 100 (allowed: a number, 0 to 100, in steps of 0.0001)\n",
    });
    expect(check([join(folder, "no.yaml")])).toEqual({
      code: 2,
      out: "",
      err: "no.yaml: does not exist; write another path, or create it with: shadowdiff init no.yaml\n",
    });
  });

  it("checks several documents, of which one is invalid", () => {
    const { code, out, err } = check([routes, broken]);
    expect(code).toBe(2);
    expect(out).toContain(`${routes}\nlistens on`);
    expect(err).toContain("broken.yaml:14:41 routes[0]");
  });

  it("warns about secret files that it cannot read", () => {
    const file = join(folder, "secrets.yaml");
    writeFileSync(file, `${ROUTES}admin: { tokenFile: /no/token }\nlistenTls: { cert: /no/crt, key: /no/key }\n`);
    const { code, err } = check([file]);
    expect(code).toBe(0);
    expect(err).toContain("warning: secrets.yaml:18:21 admin.tokenFile: /no/token cannot be read: ENOENT");
    expect(err).toContain("warning: secrets.yaml:19:20 listenTls.cert: /no/crt cannot be read: ENOENT");
  });

  it("checks Istio documents without addresses", () => {
    const without = check([istio]);
    expect(without.code).toBe(0);
    expect(without.out).toMatch(/^1 {2}reviews {2}any {4}all requests {2}v1 {7}v2 100% of GET, HEAD, OPTIONS$/m);
    expect(without.out).toContain("v1       no address\n");
    expect(without.err).toContain("no address for reviews/v1; add --address reviews/v1=http://HOST:PORT");
    const address = ["reviews/v1=http://127.0.0.1:9001", "reviews/v2=http://127.0.0.1:9002"];
    const complete = check([istio], { address });
    expect(complete.out).toContain("v1       http://127.0.0.1:9001\n");
    expect(complete.err).not.toContain("warning: ");
  });

  it("prints JSON", () => {
    const [result] = JSON.parse(check([routes], { format: "json" }).out) as [Record<string, unknown>];
    expect(result).toMatchObject({
      files: [routes],
      errors: [],
      warnings: [{ severity: "warning", field: "routes[0].rewrite.uri" }],
      listen: { host: "127.0.0.1", port: 8080 },
      routes: [
        {
          name: "chrome",
          hosts: ["*.example", "127.0.0.1"],
          requests: [['path begins with "/my-app"', 'header user-agent matches ".*Chrome.*"'], ['path is "/exact"']],
          mirroredTo: expect.arrayContaining(["v2 12.5% of GET, HEAD, OPTIONS"]) as unknown,
        },
        { name: "old", goesTo: ["redirects with 301: host new.example, path /new"], mirroredTo: [] },
        { name: "teapot" },
      ],
      versions: [{ name: "v1", urls: ["http://127.0.0.1:9001", "http://127.0.0.1:9011"] }, { name: "v2" }],
    });
    const failed = check([broken], { format: "json" });
    expect(failed).toMatchObject({ code: 2, err: "" });
    expect(JSON.parse(failed.out)).toMatchObject([{ errors: [{ field: "routes[0].candidates[0].percent" }] }]);
  });
});

function jsonDocument(percent: number): string {
  return JSON.stringify({
    subsets: { v1: { url: "http://127.0.0.1:9001" }, v2: { url: "http://127.0.0.1:9002" } },
    routes: [{ primary: [{ subset: "v1" }], candidates: [{ subset: "v2", percent }] }],
  });
}

describe("check of JSON", () => {
  const service = JSON.stringify(parse(ISTIO));

  it.each([
    ["a configuration", jsonDocument(50), "v2 50% of GET, HEAD, OPTIONS"],
    ["Istio documents", service, "v2 100% of GET, HEAD, OPTIONS"],
    ["a List of Istio documents", `{"apiVersion":"v1","kind":"List","items":[${service}]}`, "v2 100% of GET"],
    ["Istio documents with tabs", JSON.stringify(parse(ISTIO), null, "\t"), "v2 100% of GET, HEAD, OPTIONS"],
  ])("reads %s on one line", (_, text, mirrored) => {
    const file = join(folder, "one-line.json");
    writeFileSync(file, text);
    const { code, out } = check([file]);
    expect(code).toBe(0);
    expect(out).toContain(mirrored);
  });

  it("a configuration whose labels are named apiVersion and kind is no Istio document", () => {
    const file = join(folder, "labels.yaml");
    writeFileSync(file, `${ROUTES}labels:\n  apiVersion: v2\n  kind: nightly\n`);
    expect(check([file]).code).toBe(0);
  });

  it.each([
    [jsonDocument(500), "<stdin>:1:166 routes[0].candidates[0].percent: 500 is above 100"],
    [
      service.replace('"http"', '"htp"'),
      '<stdin>:1:116 VirtualService/reviews spec.htp: unknown field; did you mean "http"?',
    ],
    ['{"listen":":80",,}', "<stdin>:1:17: Unexpected , in flow map"],
  ])("reads the standard input, and errors have line and column: %s", (input, expected) => {
    const { status, stderr } = spawnSync(process.execPath, [CLI, "check", "-"], { input, encoding: "utf8" });
    expect(status).toBe(2);
    expect(stderr).toContain(expected);
  });
});

describe("check --request", () => {
  it("shows the decision and its reasons", () => {
    const { code, out } = check([routes], { request: `POST http://a.example/my-app/cart -H "User-Agent: Chrome"` });
    expect(code).toBe(0);
    expect(out).toBe(`request      POST /my-app/cart, host a.example
route        chrome
goes to      v1 90%
             v2 10%
             rewrites path /
             request: set authorization: (hidden)
             request: set x-a: 1
             fault on primary: 5% delayed by 7 s
sent as      POST //cart, host a.example
mirrored to  v2: no, only GET, HEAD, OPTIONS

#  route   match     why not
1  chrome  selected
2  old     no        path is below "/old": the request has "/my-app/cart"
3  teapot  no        path is "/tea": the request has "/my-app/cart"
`);
  });

  it("explains for each alternative why it does not match", () => {
    const { out } = check([routes], { request: "/my-app -H 'Host: b.example'" });
    expect(out).toBe(`request      GET /my-app, host b.example
route        none
goes to      responds directly: 404, no route matches
mirrored to  none

#  route   match  why not
1  chrome  no     header user-agent matches ".*Chrome.*": the request has none
                  path is "/exact": the request has "/my-app"
2  old     no     path is below "/old": the request has "/my-app"
3  teapot  no     path is "/tea": the request has "/my-app"
`);
    expect(check([routes], { request: "GET /exact -H 'Host: other'" }).out).toContain("host is *.example or 127.0.0.1");
  });

  it("shows the sampled mirror and the secondary", () => {
    expect(check([routes], { request: "/exact" }).out).toContain(
      "mirrored to  v2: 12.5% of these requests, sticky by cookie id\n             v1: 10% of the mirrored requests, to measure noise\n",
    );
  });

  it("says that a candidate is sampled by verdict, and within which budget", () => {
    const sampled = join(folder, "sampled.yaml");
    writeFileSync(sampled, ROUTES.replace("percent: 12.5", "percent: 12.5, sampling: verdict, budget: 30"));
    expect(check([sampled], { request: "/exact" }).out).toContain(
      "mirrored to  v2: up to 12.5% of these requests, as far as its verdict needs them, within 30/s, sticky by cookie id\n",
    );
  });

  it("prints the decision as JSON", () => {
    const [result] = JSON.parse(check([routes], { request: "/old/x", format: "json" }).out) as [
      Record<string, unknown>,
    ];
    expect(result["decision"]).toMatchObject({
      method: "GET",
      target: "/old/x",
      route: "old",
      sent: null,
      mirroredTo: [],
    });
  });

  it("an invalid request is a usage error", () => {
    const { code, out, err } = check([routes], { request: "GET" });
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(/^--request: no target; write METHOD TARGET/);
  });
});

describe("the real program", () => {
  it("check and its exit codes", async () => {
    const fine = await runProgram(["check", "--request", "GET /tea", routes]);
    expect(fine).toMatchObject({ code: 0, stdout: expect.stringContaining("route        teapot\n") as unknown });
    expect((await runProgram(["check", broken])).code).toBe(2);
    expect(await runProgram(["check"])).toMatchObject({
      code: 2,
      stderr: "error: missing required argument 'file'\n(add --help for options and examples)\n",
    });
  });
});
