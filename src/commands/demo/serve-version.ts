import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { listenerUrl } from "../../http/listener-url.ts";
import { createCalculator, createSampleServer } from "../sample-service/sample-server.ts";
import { PLANTED_NAMES } from "./planted-regressions.ts";
import { BECOME_LATE, type ServedUrls } from "./version-process.ts";

/**
 * The process of a version of the demo, which loads nothing else. Its arguments are `old` or `new`, and the planted regressions that
 * the new version does not have. It ends with the demo.
 */

const HOST = "127.0.0.1";

const [, , version, ...without] = process.argv;
const planted = version === "old" ? null : new Set(PLANTED_NAMES.filter((name) => !without.includes(name)));
let isLate = false;

const urls = await Promise.all([serve(false), serve(true)]);
process.on("message", (message) => {
  if (message !== BECOME_LATE) return;
  isLate = true;
  process.send?.(BECOME_LATE);
});
process.on("disconnect", () => process.exit());
process.send?.(urls satisfies ServedUrls);

/** @returns its URL */
async function serve(isSecondInstance: boolean): Promise<string> {
  const circumstances = { isSecondInstance, isLate: () => isLate, random: Math.random };
  const server = createSampleServer(createCalculator(planted, randomUUID, circumstances));
  await once(server.listen(0, HOST), "listening");
  return listenerUrl({ host: HOST, port: (server.address() as AddressInfo).port });
}
