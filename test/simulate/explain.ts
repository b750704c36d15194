import { stableDraw } from "../../src/lib/stable-draw.ts";
import type { Explanation } from "../../src/model/explain/explanation.ts";
import { explainCause } from "../../src/report/explain/explain-cause.ts";
import { attribute, CAUSE_PATH, explainInput, type SimulatedExchange } from "./explain-world.ts";
import { bursts, randomFor } from "./random.ts";

/** How exchanges depend on each other. */
export type Dependence =
  | "none"
  | "clients" // attributes belong to one of 40 clients, a few of which send most requests
  | "sessions" // the same, and each client sends 20 requests in a row
  | "drift"; // the clients of the first half are not those of the second half, and the cause gets more frequent, as does a version of them

export interface ExplainWorld {
  readonly exchanges: number;
  readonly attributes: number;
  readonly dependence: Dependence;
  /** Exchanges with the cause, as a share of those that do not meet the condition. */
  readonly share: number;
  /** Exchanges with the cause that come in a row. */
  readonly burst: number;
  /** The share of exchanges that meet the condition, and of those the share with the cause; null without a reason. */
  readonly reason: { readonly prevalence: number; readonly effect: number } | null;
}

const START = Date.UTC(2026, 10, 20, 14);
const EVERY_MS = 50;
const CLIENTS = 40;
const SESSION = 20;
/** How many values attributes have, in turn. */
const VALUES = [2, 3, 5, 8, 12, 20, 50, 1_000];

/** The explanation of the cause of one simulated endpoint. */
function explainWorld(world: ExplainWorld, random: () => number): Explanation {
  const { exchanges, attributes, dependence, share, burst, reason } = world;
  const isInBurst = bursts(share, burst, random);
  const clientOf = clients(dependence, exchanges, random);
  const list = Array.from({ length: exchanges }, (_, index): SimulatedExchange => {
    const client = clientOf(index);
    const meets = reason !== null && random() < reason.prevalence;
    const isDrifting = dependence === "drift" && random() < 4 * (index / exchanges) ** 2 * share;
    const has = meets ? random() < reason.effect : isInBurst() || isDrifting;
    // Other causes depend on the first attribute: exchanges that have the cause and one of these are kept more often.
    const first = valueOf(0, client, random);
    const others = ["$.a", "$.b", "$.c"].filter(() => first === 0 && random() < 0.3);
    const version = dependence === "drift" && random() < index / exchanges ? 2 : 1;
    const paths = [...(has ? [CAUSE_PATH] : []), ...others];
    return {
      at: START + index * EVERY_MS,
      paths,
      attributesOf: () => [
        attribute("query", "reason", meets ? "yes" : "no"),
        attribute("header", "x-0", first),
        attribute("header", "x-version", version),
        ...Array.from({ length: attributes - 3 }, (__, at) =>
          attribute("header", `x-${at + 1}`, valueOf(at + 1, client, random)),
        ),
      ],
    };
  });
  return explainCause(explainInput(list, random));
}

function valueOf(at: number, client: number | null, random: () => number): number {
  const values = VALUES[at % VALUES.length] ?? 2;
  if (client === null || random() < 0.05) return Math.floor(random() * values);
  return Math.floor(stableDraw(`attribute ${at}`, String(client)) * values);
}

function clients(dependence: Dependence, exchanges: number, random: () => number): (index: number) => number | null {
  const draw = (): number => Math.floor(CLIENTS * random() ** 2);
  if (dependence === "none") return () => null;
  if (dependence === "clients") return draw;
  if (dependence === "drift") return (index) => draw() + (random() < index / exchanges ? CLIENTS : 0);
  let current = 0;
  return (index) => {
    if (index % SESSION === 0) current = draw();
    return current;
  };
}

/** How often causes without a reason are explained. */
export interface FalseShares {
  /** By a condition. */
  readonly condition: number;
  /** By a condition or a moment. */
  readonly any: number;
}

export function falseShares(world: ExplainWorld, runs: number, seed: number): FalseShares {
  const random = randomFor(seed, `explain ${JSON.stringify(world)}`);
  const kinds = Array.from({ length: runs }, () => explainWorld(world, random).kind);
  return {
    condition: kinds.filter((kind) => kind === "condition").length / runs,
    any: kinds.filter((kind) => kind === "condition" || kind === "time").length / runs,
  };
}

/** How often a reason is found. */
export interface FoundShares {
  /** The first sentence names exactly the reason. */
  readonly named: number;
  /** Findings that are not the reason, per run. */
  readonly others: number;
}

export function foundShares(world: ExplainWorld, runs: number, seed: number): FoundShares {
  const random = randomFor(seed, `explain ${JSON.stringify(world)}`);
  let [named, others] = [0, 0];
  for (let run = 0; run < runs; run++) {
    const { findings } = explainWorld(world, random);
    for (const [at, { conditions }] of findings.entries()) {
      const isReason = conditions.length === 1 && conditions[0]?.name === "reason" && conditions[0].value === "yes";
      if (!isReason) others += 1;
      else if (at === 0) named += 1;
    }
  }
  return { named: named / runs, others: others / runs };
}
