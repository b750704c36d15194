/**
 * Measures what shadowdiff costs, in turns within one run, so that a noisy machine disturbs all alike: trust the ratios.
 *   npm run bench -- [--turns 3] [--seconds 5] [--connections 64] [--bytes 1024] [--out FILE]
 */
import { writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import { findTool, installCommand } from "../tools/require-tool.ts";
import { CONTENDERS, type Contender } from "./contenders.ts";
import { comparedShare, summarise, table, type Turn } from "./figures.ts";
import { startUpstream } from "./upstream.ts";
import { runWrk } from "./wrk.ts";

/** Before the first turn, so that the compiler has done its work. */
const WARM_UP_SECONDS = 3;
const PATH = "/items/42";

interface Settings {
  readonly turns: number;
  readonly seconds: number;
  readonly connections: number;
  readonly bytes: number;
  readonly out: string | undefined;
}

function readSettings(): Settings {
  const { values } = parseArgs({
    options: {
      turns: { type: "string", default: "3" },
      seconds: { type: "string", default: "5" },
      connections: { type: "string", default: "64" },
      bytes: { type: "string", default: "1024" },
      out: { type: "string" },
    },
  });
  const count = (name: "turns" | "seconds" | "connections" | "bytes"): number => {
    const number = Number(values[name]);
    if (!Number.isInteger(number) || number < 1) throw new Error(`--${name}: a whole number from 1`);
    return number;
  };
  const [turns, seconds, connections, bytes] = [count("turns"), count("seconds"), count("connections"), count("bytes")];
  return { turns, seconds, connections, bytes, out: values.out };
}

async function measure(wrk: string, contender: Contender, { seconds, connections }: Settings): Promise<Turn> {
  const before = await contender.settle();
  const cpuBefore = contender.cpuUs();
  const result = await runWrk(wrk, { url: contender.url + PATH, seconds, connections });
  const after = await contender.settle();
  const cpuAfter = contender.cpuUs();
  const cpuUsPerRequest = cpuBefore === null || cpuAfter === null ? null : (cpuAfter - cpuBefore) / result.requests;
  return { ...result, cpuUsPerRequest, comparedShare: comparedShare(before, after) };
}

async function bench(wrk: string, settings: Settings): Promise<void> {
  const upstream = await startUpstream(settings.bytes);
  const running: { readonly name: string; readonly contender: Contender; readonly turns: Turn[] }[] = [];
  try {
    for (const { name, start } of CONTENDERS) running.push({ name, contender: await start(upstream), turns: [] });
    for (const { contender } of running) await measure(wrk, contender, { ...settings, seconds: WARM_UP_SECONDS });
    for (let turn = 1; turn <= settings.turns; turn += 1) {
      for (const { name, contender, turns } of running) {
        const result = await measure(wrk, contender, settings);
        turns.push(result);
        console.log(`turn ${turn}  ${name}: ${result.perSecond.toFixed(0)} requests/s`);
      }
    }
  } finally {
    for (const { contender } of running) await contender.stop();
    await upstream.stop();
  }
  const figures = summarise(running.map(({ name, turns }) => ({ name, turns })));
  const { turns, seconds, connections, bytes } = settings;
  console.log(
    `\n${turns} turns of ${seconds} s, ${connections} connections, ${bytes} bytes of JSON from ${upstream.kind}; medians\n` +
      `${table(figures)}\n` +
      "CPU: of the whole shadowdiff process per request, comparing included.",
  );
  if (settings.out === undefined) return;
  const machine = {
    cpu: cpus()[0]?.model ?? "",
    cores: availableParallelism(),
    node: process.version,
    upstream: upstream.kind,
  };
  writeFileSync(
    settings.out,
    `${JSON.stringify({ at: new Date().toISOString(), machine, settings, figures }, null, 2)}\n`,
  );
}

const wrk = findTool("wrk");
if (wrk === undefined || process.platform !== "linux") {
  console.error(`The benchmark needs Linux and wrk. On Debian or Ubuntu: ${installCommand(["wrk"])}`);
  process.exitCode = 1;
} else {
  await bench(wrk, readSettings());
}
