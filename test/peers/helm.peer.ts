import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { split } from "shlex";
import { beforeAll, describe, expect, it } from "vitest";
import { codeBlocks } from "../docs/code-blocks.ts";
import { CHART, EXAMPLES, Helm } from "./helm.ts";

const NAMES = readdirSync(EXAMPLES).map((file) => file.replace(".yaml", ""));
/** The commands of Helm in docs/kubernetes.md, without `helm`. */
const DOCUMENTED = codeBlocks(readFileSync(join(CHART, "../../../docs/kubernetes.md"), "utf8"))
  .flatMap(({ text }) => text.replaceAll("\\\n", " ").split("\n"))
  .filter((line) => line.startsWith("helm "))
  .map((line) => line.slice("helm ".length));
const MINIMAL = ["--set", "config.primary=http://a", "--set", "config.candidate=http://b"];

let helm: Helm;
beforeAll(() => {
  helm = new Helm();
}, 60_000);

/** What Helm prints when it refuses these values. */
function refusal(...args: readonly string[]): string {
  try {
    helm.template(...args);
    return "";
  } catch (error) {
    return String((error as { stderr: unknown }).stderr);
  }
}

function checksum(...args: readonly string[]): string | undefined {
  return /checksum\/config: (\w+)/.exec(helm.template(...MINIMAL, ...args))?.[1];
}

describe("the chart", () => {
  it("has an example of each placement that the chart can render", () => {
    expect(NAMES.toSorted()).toEqual(["front", "replay", "replicas", "tap"]);
  });

  it.each(NAMES)("passes helm lint --strict with the values of %s.yaml", (name) => {
    expect(helm.run("lint", "--strict", CHART, "--values", join(EXAMPLES, `${name}.yaml`))).toContain(
      "1 chart(s) linted, 0 chart(s) failed",
    );
  });

  // `npm run test:peers -- helm -u` writes the files. The test command checks them.
  it.each(NAMES)("renders deploy/kubernetes/%s.yaml", async (name) => {
    const note = `# Written by: helm template shadowdiff deploy/helm/shadowdiff -n shadowdiff -f deploy/helm/examples/${name}.yaml\n`;
    const rendered = helm.template("--values", join(EXAMPLES, `${name}.yaml`));
    await expect(`${note}${rendered}`).toMatchFileSnapshot(join(CHART, `../../kubernetes/${name}.yaml`));
  });

  it("refuses values that cannot work, and says what to write", () => {
    expect(refusal()).toContain("config is empty: name at least `primary` and `candidate`");
    expect(refusal(...MINIMAL, "--set", "replicas=2")).toContain("several replicas need store.type postgres");
    expect(refusal(...MINIMAL, "--set", "store.type=postgres")).toContain("store.postgres.url is needed");
    expect(refusal(...MINIMAL, "--set", "replay.enabled=true")).toContain("replay.volume is needed");
    expect(refusal(...MINIMAL, "--set", "replica=2")).toMatch(/additional properties 'replica' not allowed/);
  });

  it("renders an HPA instead of a fixed number of replicas, and no volume claim for an existing one", () => {
    const postgres = ["--set", "store.type=postgres", "--set", "store.postgres.url=postgres://a@b/c"];
    const scaled = helm.template(...MINIMAL, ...postgres, "--set", "autoscaling.enabled=true");
    expect(scaled).toContain("kind: HorizontalPodAutoscaler");
    expect(scaled).not.toMatch(/^ {2}replicas:/m);
    const claimed = helm.template(...MINIMAL, "--set", "store.sqlite.existingClaim=results");
    expect(claimed).toContain("claimName: results");
    expect(claimed).not.toContain("kind: PersistentVolumeClaim");
  });

  it("restarts pods when the configuration changes, unless it is told not to", () => {
    expect(checksum()).toMatch(/^[0-9a-f]{64}$/);
    expect(checksum("--set", "config.percent=5")).not.toBe(checksum());
    expect(checksum("--set", "service.port=81")).toBe(checksum());
    expect(checksum("--set", "restartOnChange=false")).toBeUndefined();
  });

  it("is installed by the commands of docs/kubernetes.md, of which an upgrade needs a cluster for the values before", () => {
    expect(DOCUMENTED).toHaveLength(3);
    for (const line of DOCUMENTED) {
      const first = line.replace("upgrade", "install").replace("--reuse-values", "-f deploy/helm/examples/front.yaml");
      const printed = helm.run(...split(first), "--dry-run=client");
      expect(printed).toContain("STATUS: pending-install");
      expect(printed.includes("/run/secrets/shadowdiff/rollout/token")).toBe(line.includes("rolloutTokenSecret"));
      expect(printed.includes("kind: Job")).toBe(line.includes("replay.yaml"));
    }
  });
});
