import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { startProgram } from "../commands/run-program.ts";

it("starts threads when the process has flags that a thread cannot have of its own", async () => {
  const store = join(mkdtempSync(join(tmpdir(), "shadowdiff-flags-")), "test.db");
  const urls = ["--primary", "http://127.0.0.1:1", "--candidate", "http://127.0.0.1:1", "--store", store];
  const args = ["serve", ...urls, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"];
  const program = startProgram(args, {}, ["--max-old-space-size=300"]);
  await program.untilStdout(/dashboard/);
  program.process.kill("SIGTERM");
  expect(await program.ended).toMatchObject({ code: 0 });
});
