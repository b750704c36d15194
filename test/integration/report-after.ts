import { expect } from "vitest";
import type { Report } from "../../src/model/report.ts";
import { sendAll } from "./load.ts";
import { brokenInvariants, isAtRest, type Shadowdiff } from "./shadowdiff.ts";

/**
 * Sends a GET request for each path, and waits until all are counted.
 * @param received requests of the run, if there were others before
 * @returns a report whose accounting adds up
 */
export async function reportAfter(
  shadowdiff: Shadowdiff,
  paths: readonly string[],
  received = paths.length,
): Promise<Report> {
  await sendAll(shadowdiff.proxy, paths);
  const report = await shadowdiff.reportWhere((now) => isAtRest(now, received));
  expect(brokenInvariants(report)).toEqual([]);
  return report;
}
