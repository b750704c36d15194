import { Client, credentials, status as Status } from "@grpc/grpc-js";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startShadowdiff, type Shadowdiff } from "../integration/shadowdiff.ts";
import { call, type GrpcUpstream, startGrpc, type Unary } from "./grpc-service.ts";

/** Behavior that the message selects; the candidate breaks the part that the name describes. */
const version =
  (isCandidate: boolean): Unary =>
  (message) => {
    const error = { code: isCandidate ? Status.NOT_FOUND : Status.INTERNAL, details: "broken" };
    switch (String(message)) {
      case "other bytes":
        return { bytes: isCandidate ? Buffer.of(0, 255, 2) : Buffer.of(0, 255, 1) };
      case "status in trailers":
        return { error, headFirst: true };
      case "status in the head":
        return { error };
      default:
        return { bytes: message };
    }
  };

const directory = mkdtempSync(join(tmpdir(), "grpc-"));
let primary: GrpcUpstream;
let candidate: GrpcUpstream;
let shadowdiff: Shadowdiff;
let client: Client;
beforeAll(async () => {
  [primary, candidate] = await Promise.all([startGrpc(version(false)), startGrpc(version(true))]);
  const config = join(directory, "shadowdiff.yaml");
  writeFileSync(
    config,
    `subsets:
  v1: { url: ${primary.url}, protocol: h2 }
  v2: { url: ${candidate.url}, protocol: h2 }
routes:
  - name: grpc
    primary: [{ subset: v1 }]
    candidates: [{ subset: v2, methods: [POST] }]
`,
  );
  shadowdiff = await startShadowdiff({ args: ["--config", config] });
  client = new Client(new URL(shadowdiff.proxy).host, credentials.createInsecure());
});
afterAll(async () => {
  client?.close();
  await shadowdiff?.stop();
  primary?.stop();
  candidate?.stop();
  rmSync(directory, { recursive: true });
});

describe("the program between gRPC services", () => {
  it("returns the primary's replies, and reports differing messages and grpc-status", async () => {
    const replies = [];
    for (const message of ["same", "same", "other bytes", "status in trailers", "status in the head"]) {
      const { bytes, code } = await call(client, Buffer.from(message));
      replies.push([bytes?.toString("hex"), code]);
    }
    const same = Buffer.from("same").toString("hex");
    expect(replies).toEqual([
      [same, Status.OK],
      [same, Status.OK],
      ["00ff01", Status.OK],
      [undefined, Status.INTERNAL],
      [undefined, Status.INTERNAL],
    ]);
    const { accounting, endpoints } = await shadowdiff.reportWhere(({ accounting: { compared } }) => compared === 5);
    expect(accounting).toMatchObject({ received: 5, mirrored: 5, compared: 5, matched: 2, differed: 3 });
    expect(endpoints.map(({ endpoint }) => endpoint)).toEqual(["POST /test.Echo/Unary"]);
    expect(
      endpoints[0]?.differences.map(({ section, path, count }) => `${section} ${path} ${count}`).toSorted(),
    ).toEqual(["body $ 1", "header grpc-status 1", "trailer grpc-status 1"]);
  });
});
