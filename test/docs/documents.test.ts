import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { codeBlocks, shownCommands, type CodeBlock } from "./code-blocks.ts";
import { DocumentRun, ROOT } from "./document-run.ts";
import { PLANS, type Plan, type Treatment } from "./plans.ts";

/** The languages of blocks that a user executes or saves. */
const EXECUTED = new Set(["sh", "bash", "yaml", "json", "js", "nginx", "sql"]);
const DOCUMENTS = ["README.md", "SECURITY.md", ...markdownIn("docs"), ...markdownIn("examples")].filter(
  (document) => blocksOf(document).length > 0,
);

function markdownIn(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md") && !file.startsWith("adr/"))
    .map((file) => join(folder, file))
    .toSorted();
}

function blocksOf(document: string): readonly CodeBlock[] {
  const blocks = codeBlocks(readFileSync(join(ROOT, document), "utf8"));
  return blocks.filter((block) =>
    block.language === "console" ? shownCommands(block).length > 0 : EXECUTED.has(block.language),
  );
}

/** What the plan says about a block: by a part of its text. */
function treatmentOf({ blocks = {} }: Plan, { text }: CodeBlock): Treatment {
  return Object.entries(blocks).find(([part]) => text.includes(part))?.[1] ?? {};
}

describe.each(DOCUMENTS)("the commands of %s", (document) => {
  const plan = PLANS[document] ?? {};
  const blocks = blocksOf(document).map((block) => ({
    block,
    treatment: treatmentOf(plan, block),
    title: `line ${block.line}: ${block.text.split("\n")[0]}`,
  }));
  const executed = blocks.filter(({ treatment }) => treatment.testedBy === undefined);
  let run: DocumentRun;
  beforeAll(async () => {
    if (executed.length > 0) run = await DocumentRun.begin(plan);
  });
  afterAll(() => run?.end());

  it.each(executed)("$title", async ({ block, treatment }) => {
    expect(await run.execute(block, treatment)).toEqual([]);
  });

  it("that it does not run itself are run by a test that exists, and its plan has no others", () => {
    const treatments = Object.entries(plan.blocks ?? {});
    expect({
      unused: treatments.filter(([part]) => !blocks.some(({ block }) => block.text.includes(part))),
      missing: treatments.flatMap(([, { testedBy }]) => testedBy ?? []).filter((test) => !existsSync(join(ROOT, test))),
    }).toEqual({ unused: [], missing: [] });
  });
});
