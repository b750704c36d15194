import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { ConfigError, problemLine } from "../../src/config/config-error.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import { WEBHOOK_EVENTS, type WebhookConfig } from "../../src/model/notify/webhook.ts";

const UPSTREAMS = "primary: http://127.0.0.1:9001\ncandidate: http://127.0.0.1:9002\n";

/** Loads a document in a folder with these files. */
function load(webhooks: string, files: Readonly<Record<string, string>> = {}): readonly WebhookConfig[] {
  const folder = mkdtempSync(join(tmpdir(), "webhooks-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  const file = { path: join(folder, "s.yaml"), text: `${UPSTREAMS}webhooks:\n  - ${webhooks}\n` };
  return loadConfig({ file, flags: {}, env: {}, ruleProblem: () => undefined }).webhooks;
}

function problemsOf(webhooks: string, files: Readonly<Record<string, string>> = {}): string {
  try {
    load(webhooks, files);
    return "";
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(problemLine).join("\n");
  }
}

describe("webhooks", () => {
  it("reads URL and secret from files next to the document, and has every event by default", () => {
    expect(
      load("{ urlFile: url, secretFile: secret }", { url: "https://hooks.example/T0\n", secret: "s3cret\n" }),
    ).toEqual([{ url: "https://hooks.example/T0", format: "json", secret: "s3cret", events: WEBHOOK_EVENTS }]);
    expect(load("{ url: https://a.example/, format: slack, events: [new-cause] }")).toEqual([
      { url: "https://a.example/", format: "slack", secret: undefined, events: ["new-cause"] },
    ]);
  });

  it.each([
    ["{ format: slack }", "webhooks[0]: it needs one URL (allowed: url or urlFile)"],
    ["{ url: http://a/, urlFile: url }", "webhooks[0]: it needs one URL (allowed: url or urlFile)"],
    [
      "{ url: hooks.example/SECRET }",
      "webhooks[0].url: it is not an http or https URL (allowed: an http or https URL)",
    ],
    ["{ url: http://a/, format: slak }", 'webhooks[0].format: unknown value "slak"; did you mean "slack"?'],
    ["{ url: http://a/, events: [verdict] }", 'webhooks[0].events: unknown value "verdict"'],
    ["{ urlFile: none }", "cannot be read: ENOENT (allowed: a file with one line)"],
    ["{ urlFile: empty }", "is empty (allowed: a file with one line)"],
    ["{ urlFile: wrong }", "webhooks[0].urlFile: the file has no URL (allowed: an http or https URL)"],
  ])("refuses %s, without showing a secret", (webhook, problem) => {
    const found = problemsOf(webhook, { empty: "\n", wrong: "SECRET\n" });
    expect(found).toContain(problem);
    expect(found).not.toContain("SECRET");
  });
});
