import { createHmac } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, it, onTestFinished } from "vitest";
import type { WebhookEvent } from "../../src/model/notify/webhook.ts";
import { freePort } from "../tools/free-port.ts";
import { startShadowdiff } from "./shadowdiff.ts";

const ok: RequestListener = (_, response) => void response.end("same");
const SIGNATURE = /^t=(\d+),v1=(\w+)$/;

async function listen(onRequest: RequestListener): Promise<{ server: Server; url: string }> {
  const server = createServer(onRequest).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

it("a receiver gets signed events: the candidate is down, and back; a dead receiver changes nothing", async () => {
  const received: { event: WebhookEvent; isSigned: boolean }[] = [];
  const hook = await listen(async (request, response) => {
    const body = await text(request);
    const [, seconds = "", signature] = SIGNATURE.exec(String(request.headers["shadowdiff-signature"])) ?? [];
    const expected = createHmac("sha256", "s3cret").update(`${seconds}.${body}`).digest("hex");
    received.push({ event: JSON.parse(body) as WebhookEvent, isSigned: signature === expected });
    response.end();
  });
  const primary = await listen(ok);
  const candidatePort = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "webhooks-"));
  writeFileSync(join(folder, "secret"), "s3cret\n");
  writeFileSync(join(folder, "url"), `${hook.url}/private\n`);
  writeFileSync(
    join(folder, "shadowdiff.yaml"),
    `primary: ${primary.url}
candidate: v2=http://127.0.0.1:${candidatePort}
webhooks:
  - { urlFile: url, secretFile: secret }
  - { url: "http://127.0.0.1:${await freePort()}/dead", format: slack }
`,
  );
  const shadowdiff = await startShadowdiff({ args: ["--config", join(folder, "shadowdiff.yaml")] });
  const types = (): string[] => received.map(({ event }) => event.type).filter((type) => type.startsWith("candidate-"));
  await expect
    .poll(async () => {
      expect(await (await fetch(shadowdiff.proxy)).text()).toBe("same");
      return types();
    })
    .toEqual(["candidate-down"]);
  const candidate = createServer(ok).listen(candidatePort, "127.0.0.1");
  onTestFinished(() => {
    candidate.closeAllConnections();
    candidate.close();
  });
  await expect
    .poll(async () => {
      await (await fetch(shadowdiff.proxy)).text();
      return types();
    })
    .toEqual(["candidate-down", "candidate-back"]);
  expect(received.every(({ isSigned }) => isSigned)).toBe(true);
  expect(received[0]?.event).toMatchObject({
    version: 1,
    candidate: "v2",
    title: expect.stringContaining("v2") as string,
  });
  expect(await shadowdiff.metric("shadowdiff_webhook_events_total", { result: "delivered" })).toBeGreaterThanOrEqual(2);
  expect(await shadowdiff.stop()).toBe(0);
  expect(shadowdiff.stderr()).not.toContain("private");
});
