import type { TestProject } from "vitest/node";
import { buildDashboard } from "./dashboard.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The folder of the dashboard that was built from its sources for these tests. */
    readonly webRoot: string;
  }
}

/** Builds the dashboard before the tests that look at it; `inject("webRoot")` is its folder. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const built = await buildDashboard();
  project.provide("webRoot", built.webRoot);
  return () => built.remove();
}
