import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isAtRest, startShadowdiff, type Shadowdiff } from "../integration/shadowdiff.ts";
import { EXCHANGES, EXTRAS, type Exchange } from "./exchanges.ts";
import type { Peer, RunningPeer } from "./peer.ts";
import { isForHttp2, playHttp2 } from "./play-http2.ts";
import { asHttp2, play, playDirectly, type Observed } from "./play.ts";
import { writeConfig } from "./write-config.ts";

const METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];
/** Clients that are idle at the same time, each for a slightly different time around the server's limit. */
const IDLE_CLIENTS = 24;
const IDLE_ROUNDS = 2;
const IDLE_STEP_MS = 5;
/** The server closed the connection at the same moment, or the client stopped its upload after an early response. */
const ENDED: ReadonlySet<string> = new Set(["connection-closed", "not-processed", "client-aborted"]);
/** Beyond the uploads that get an early response. */
const MAX_LOST = 5;
const TOO_LARGE = 413;

/** Primary, candidate and secondary are the same server: every response is the direct one, and nothing differs. */
export function describeIdenticalLegs(peer: Peer): void {
  /** What counts, through an upstream of HTTP/2. */
  const comparable = (all: readonly Observed[]): readonly Observed[] =>
    peer.protocol === "h2" ? all.map(asHttp2) : all;
  const exchanges: readonly Exchange[] = [...EXCHANGES, ...peer.extras.map((name) => EXTRAS[name])];

  describe(`three legs on ${peer.name}`, () => {
    let running: RunningPeer;
    let shadowdiff: Shadowdiff;
    const directs = new Map<Exchange, readonly Observed[]>();
    let sent = 0;
    /** Requests whose client may stop its upload. */
    let early = 0;
    let equal = 0;

    function countSent({ requests, statuses }: Exchange): void {
      sent += requests.length;
      early += statuses.filter((status) => status === TOO_LARGE).length;
    }

    /** What the client receives through shadowdiff. */
    async function playThrough(exchange: Exchange): Promise<readonly Observed[]> {
      countSent(exchange);
      return comparable(await play(shadowdiff.proxy, exchange));
    }

    beforeAll(async () => {
      running = await peer.start();
      shadowdiff = await startShadowdiff({ args: ["--config", writeConfig(configOf(running, peer.protocol))] });
    }, 90_000);
    afterAll(async () => {
      await shadowdiff?.stop();
      await running?.stop();
    });

    // First: from it shadowdiff learns how long it can use an idle connection for a request that cannot be repeated.
    it.runIf(peer.idleMs !== undefined)(
      "the client receives what a direct call gives while the server closes idle connections",
      async () => {
        const exchange = EXCHANGES[0] as Exchange;
        const direct = comparable(await play(running.url, exchange));
        const clients = Array.from({ length: IDLE_CLIENTS }, async (_, index) => {
          for (let round = 0; round < IDLE_ROUNDS; round += 1) {
            expect(await playThrough(exchange)).toEqual(direct);
            equal += 1;
            await delay((peer.idleMs ?? 0) + (index - IDLE_CLIENTS / 2) * IDLE_STEP_MS);
          }
        });
        await Promise.all(clients);
      },
    );

    it.each(exchanges)("$name: the client receives what a direct call gives", async (exchange) => {
      const direct = comparable(await playDirectly(running.url, exchange));
      expect(direct.map(({ status }) => Number(status.slice(0, 3)))).toEqual(exchange.statuses);
      expect(direct.at(-1)?.interim.map(([status]) => status)).toEqual(exchange.interim);
      directs.set(exchange, direct);
      expect(await playThrough(exchange)).toEqual(direct);
      equal += exchange.requests.length;
    });

    it("all clients receive it at the same time", async () => {
      const pairs = [...directs].map(async ([exchange, direct]) => {
        expect([exchange.name, await playThrough(exchange).catch(String)]).toEqual([exchange.name, direct]);
        equal += exchange.requests.length;
      });
      expect((await Promise.allSettled(pairs)).filter(({ status }) => status === "rejected")).toEqual([]);
    });

    it("clients of HTTP/2 receive it", async () => {
      for (const [exchange, direct] of [...directs].filter(([one]) => isForHttp2(one))) {
        countSent(exchange);
        const through = await playHttp2(shadowdiff.proxy, exchange);
        expect([exchange.name, through.map(asHttp2)]).toEqual([exchange.name, direct.map(asHttp2)]);
        equal += exchange.requests.length;
      }
    });

    it("no response differs, and every request was compared unless its connection ended", async () => {
      const { accounting, endpoints } = await shadowdiff.reportWhere((last) => isAtRest(last, sent));
      const { skipped, noiseCompared, differed } = accounting;
      const allowed = Object.entries(skipped).filter(([reason]) => ENDED.has(reason));
      const lost = allowed.reduce((total, [, count]) => total + count, 0);
      console.log(
        `${peer.name} | ${peer.version()} | ${sent} requests | ${equal} equal to direct | ${differed} differences | ${lost} skipped`,
      );
      const differences = endpoints.flatMap(({ endpoint, differences: all }) =>
        all.map(({ section, path, failures = [] }) => `${endpoint} ${section} ${path} ${JSON.stringify(failures)}`),
      );
      expect(differences).toEqual([]);
      const compared = sent - lost;
      expect(accounting).toEqual({
        ...accounting,
        received: sent,
        lost: 0,
        notMirrored: {},
        sampledOut: 0,
        dropped: {},
        mirrored: sent,
        skipped: Object.fromEntries(allowed),
        compared,
        matched: compared,
        differed: 0,
      });
      // The secondary's copies end in the same way.
      expect([lost, compared - noiseCompared].filter((count) => count > MAX_LOST + early)).toEqual([]);
    });
  });
}

function configOf({ url, upstreamUrl = url, caFile }: RunningPeer, protocol: "h2" | undefined): object {
  const subset = {
    url: upstreamUrl,
    ...(protocol !== undefined && { protocol }),
    ...(caFile !== undefined && { tls: { ca: caFile } }),
  };
  const route = {
    primary: [{ subset: "v1" }],
    // Uploads of 8 MiB at the same time.
    candidates: [{ subset: "v2", methods: METHODS, maxBufferedBytes: "128MiB" }],
    secondary: { subset: "twin", maxBufferedBytes: "128MiB" },
  };
  return { subsets: { v1: subset, v2: subset, twin: subset }, routes: [route] };
}
