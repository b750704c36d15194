import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { runCli } from "../../src/commands/program.ts";
import type { Resend, ResendPreview } from "../../src/model/isolate/resend.ts";
import type { Sample } from "../../src/model/sample.ts";
import { createVersions } from "../probe/versions.ts";
import { brokenInvariants, isAtRest, startShadowdiff, type Shadowdiff } from "./shadowdiff.ts";

const start = createVersions();

interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string; readonly remedy: string };
}

async function post(url: string, body: object): Promise<{ status: number; json: unknown }> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  return { status: response.status, json: await response.json() };
}

async function refusalOf(url: string, body: object): Promise<ErrorBody["error"] & { readonly status: number }> {
  const { status, json } = await post(url, body);
  return { status, ...(json as ErrorBody).error };
}

async function resendOf(url: string, body: object): Promise<Resend> {
  const { status, json } = await post(url, body);
  expect(status).toBe(200);
  return json as Resend;
}

async function command(args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const printed = { stdout: "", stderr: "" };
  const io = {
    out: (text: string) => void (printed.stdout += text),
    err: (text: string) => void (printed.stderr += text),
  };
  return { code: await runCli(args, io), ...printed };
}

function item(price: number): { json: object } {
  return { json: { price, etag: 1 } };
}

/** Everything that the program has written: its store, with the files beside it, and its logs. */
function written(shadowdiff: Shadowdiff): string {
  const folder = dirname(shadowdiff.store);
  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), "latin1"));
  return [...files, shadowdiff.stdout(), shadowdiff.stderr()].join("\n");
}

async function sampleOf(shadowdiff: Shadowdiff, method: string): Promise<Sample> {
  const { samples } = await shadowdiff.get<{ samples: Sample[] }>("/api/v1/samples");
  const sample = samples.find((each) => each.method === method);
  if (sample === undefined) throw new Error(`no sample of ${method}`);
  return sample;
}

it("the request of a sample is sent again and compared afresh, apart from all counts, and secrets are used once", async () => {
  let isRepaired = false;
  const v1 = await start(() => item(1));
  const v2 = await start(({ headers }) => item(!isRepaired && headers.authorization === "Bearer s3cr3t-value" ? 2 : 1));
  const shadowdiff = await startShadowdiff({
    args: ["--primary", `v1=${v1.url}`, "--candidate", `v2=${v2.url}`, "--method", "GET", "--method", "POST"],
  });
  onTestFinished(async () => void (await shadowdiff.stop()));
  const authorization = { authorization: "Bearer s3cr3t-value" };
  await fetch(`${shadowdiff.proxy}/items/7?currency=EUR`, { headers: authorization });
  await fetch(`${shadowdiff.proxy}/items`, { method: "POST", headers: authorization, body: "a" });
  const before = await shadowdiff.reportWhere((report) => isAtRest(report, 2) && report.accounting.differed === 2);

  const sample = await sampleOf(shadowdiff, "GET");
  const path = `/api/v1/samples/${sample.id}/resend`;
  expect(await shadowdiff.get<ResendPreview>(path)).toEqual({
    method: "GET",
    masked: ["header authorization"],
    needsConfirm: true,
    targets: [
      { role: "primary", subset: "v1", url: v1.url },
      { role: "candidate", subset: "v2", url: v2.url },
      { role: "secondary", subset: "v1", url: v1.url },
    ],
    refusal: null,
  });

  const url = `${shadowdiff.admin}${path}`;
  expect(await refusalOf(url, { confirm: true })).toEqual({
    status: 409,
    code: "masked-request",
    message: "These parts of the request were not stored: header authorization.",
    remedy: expect.stringContaining('Type them in as "secrets"'),
  });
  const secrets = { "header authorization": "Bearer s3cr3t-value" };
  expect(await refusalOf(url, { secrets })).toMatchObject({
    status: 409,
    code: "confirm-needed",
    message: expect.stringContaining(`the candidate v2 (${v2.url})`),
  });
  const injecting = { "header authorization": "Bearer s3cr3t-value\r\nX-Injected: 1" };
  expect(await refusalOf(url, { confirm: true, secrets: injecting })).toMatchObject({
    status: 400,
    code: "invalid-request",
  });
  expect([v1.seen.length, v2.seen.length]).toEqual([2, 2]);

  expect(await resendOf(url, { confirm: true, secrets })).toMatchObject({
    sampleId: sample.id,
    outcome: "same",
    message: "Still differs in body $.price.",
    leftOut: [],
    paired: true,
    endpoint: "GET /items/{id}",
    fields: [{ section: "body", path: "$.price", kind: "value", mark: "raw" }],
    differences: [{ path: "$.price", primary: "1", candidate: "2" }],
    sample: { statuses: { primary: 200, candidate: 200 } },
    causes: [{ shows: true }],
  });
  const again = v2.seen.at(-1);
  expect(again?.url).toBe("/items/7?currency=EUR");
  expect(again?.headers).toMatchObject({ ...authorization, "shadowdiff-probe": "resend", "shadowdiff-hop": "1" });
  expect(v1.seen.slice(2).map(({ headers }) => headers["shadowdiff-probe"])).toEqual(["resend", "resend"]);

  expect(await resendOf(url, { confirm: true, leaveOutMasked: true })).toMatchObject({
    outcome: "unknown",
    message: "Does not differ, but was sent without header authorization, which may be why.",
    leftOut: ["header authorization"],
    causes: [{ shows: false }],
  });
  expect(v2.seen.at(-1)?.headers.authorization).toBeUndefined();
  const at = ["--url", shadowdiff.admin];
  const secret = ["--secret", "header authorization=RESEND_TOKEN"];
  vi.stubEnv("RESEND_TOKEN", "Bearer s3cr3t-value");
  onTestFinished(() => void vi.unstubAllEnvs());
  const differs = await command(["resend", sample.id, ...at, ...secret, "--yes"]);
  expect(differs.code).toBe(1);
  expect(differs.stdout).toMatch(/^Still differs in body \$\.price\.\n  GET \/items\/\{id\}, candidate v2, sample /);
  expect(differs.stdout).toMatch(/candidate +v2 +200 +\S+ m?s +127\.0\.0\.1:\d+\n/);
  expect(differs.stdout).toMatch(/body \$\.price +\S.* +1 +2\n$/);
  const masked = await command(["resend", sample.id, ...at, "--yes"]);
  expect([masked.code, masked.stdout]).toEqual([2, ""]);
  expect(masked.stderr).toContain('Set them with --secret "place=VARIABLE", leave them out with --leave-out-masked');
  const without = await command(["resend", sample.id, ...at, "--leave-out-masked", "--yes"]);
  expect(without.code).toBe(3);
  expect(without.stdout).toMatch(/^Does not differ, but was sent without header authorization, which may be why\.\n/);
  const handle = before.endpoints
    .find(({ endpoint }) => endpoint === sample.endpoint)
    ?.causes[0]?.signature.slice(0, 8);
  vi.stubEnv("RESEND_BODY", "a");
  const post = ["--method", "POST", ...secret, "--secret", "body=RESEND_BODY", "--yes"];
  const byCause = await command(["resend", "--cause", `${handle}`, ...at, ...post]);
  expect([byCause.code, byCause.stderr]).toEqual([1, ""]);
  expect(byCause.stdout).toMatch(/^Still differs in body \$\.price\.\n  POST \/items, candidate v2, sample /);
  const noCause = await command(["resend", "--cause", "none-of-them", ...at, ...post]);
  expect([noCause.code, noCause.stdout]).toEqual([2, ""]);
  expect(noCause.stderr).toMatch(new RegExp(`^no cause is named none-of-them; the causes are:\\s+${handle} \\(`));
  isRepaired = true;
  const same = await command(["resend", sample.id, ...at, ...secret, "--yes", "--format", "json"]);
  expect(same.code).toBe(0);
  expect(JSON.parse(same.stdout)).toMatchObject({ outcome: "none" });
  const unset = await command(["resend", sample.id, ...at, "--secret", "cookie a=UNSET_VARIABLE", "--yes"]);
  expect([unset.code, unset.stderr]).toEqual([
    2,
    "--secret: the environment variable UNSET_VARIABLE is not set; it holds the value of cookie a\n",
  ]);
  const refused = await command(["resend", ...at, "--yes"]);
  expect(refused.stderr).toContain("allow it with --method POST, or add it to isolate.methods");
  expect(await resendOf(url, { confirm: true, secrets })).toMatchObject({ outcome: "none", differences: [] });

  const unsafe = await sampleOf(shadowdiff, "POST");
  const unsafePath = `${shadowdiff.admin}/api/v1/samples/${unsafe.id}/resend`;
  expect(await refusalOf(unsafePath, { confirm: true })).toMatchObject({
    code: "not-resendable",
    remedy: expect.stringContaining("isolate.methods"),
  });
  const allowed = { confirm: true, methods: ["POST"] };
  expect((await refusalOf(unsafePath, { ...allowed, secrets })).message).toBe(
    "These parts of the request were not stored: body.",
  );
  const full = await resendOf(unsafePath, { ...allowed, secrets: { ...secrets, body: "a" } });
  expect(full.outcome).toBe("none");
  expect(v2.seen.at(-1)).toMatchObject({ method: "POST", url: "/items", body: "a" });

  const after = await shadowdiff.report();
  expect(after.accounting).toEqual(before.accounting);
  expect(brokenInvariants(after)).toEqual([]);
  expect(await shadowdiff.metric("shadowdiff_probes_total", { candidate: "v2", purpose: "resend" })).toBe(8);
  expect(await shadowdiff.metric("shadowdiff_comparisons_total")).toBe(2);
  expect(await shadowdiff.get("/api/v1/status")).toMatchObject({ probes: 8 });
  expect(await shadowdiff.stop()).toBe(0);
  const trace = written(shadowdiff);
  expect(trace).toContain("a sample was sent again");
  expect(trace).toContain("[redacted:");
  expect(trace).not.toContain("s3cr3t");
});
