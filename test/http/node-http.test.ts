import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { createServer, STATUS_CODES } from "../../src/http/node-http.ts";

const FETCH = "NativeModule internal/deps/undici/undici";

/** Whether a new process that imports this has loaded Node's fetch. */
async function loadsFetch(specifier: string): Promise<boolean> {
  const script = `await import(${JSON.stringify(specifier)}); console.log(process.moduleLoadList.includes("${FETCH}"));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]);
  return stdout.trim() === "true";
}

describe("node-http", () => {
  it("exports the used functions", () => {
    expect(STATUS_CODES[404]).toBe("Not Found");
    expect(createServer).toBeTypeOf("function");
  });

  it("does not load Node's fetch, unlike an import of the module", async () => {
    expect(await loadsFetch(new URL("../../src/http/node-http.ts", import.meta.url).href)).toBe(false);
    expect(await loadsFetch("node:http")).toBe(true);
  });
});
