import { describe, expect, it } from "vitest";
import { ClosedLoopDetector } from "../../../src/proxy/exchange/closed-loop-detector.ts";
import { seeded } from "../../lib/seeded.ts";

const REQUESTS = 6_000;

/** Response times: lognormal with this mean and coefficient of variation. */
interface Service {
  readonly ms: number;
  readonly variation: number;
}

/** One request: when it arrives, how long its connection has paused, and how long its response takes. Milliseconds. */
interface Arrival {
  readonly at: number;
  readonly pauseMs: number;
  readonly idleConnections: number;
  readonly responseMs: number;
}

class Draws {
  readonly #random = seeded(11);

  uniform(low: number, high: number): number {
    return low + (high - low) * this.#random();
  }

  exponential(mean: number): number {
    return -Math.log(1 - this.#random()) * mean;
  }

  response({ ms, variation }: Service): number {
    const sd = Math.sqrt(Math.log(1 + variation ** 2));
    const normal = Math.sqrt(-2 * Math.log(1 - this.#random())) * Math.cos(2 * Math.PI * this.#random());
    return ms * Math.exp(sd * normal - sd ** 2 / 2);
  }
}

/** Arrivals that no response delays; each takes the connection that was freed last, or opens one. */
function openLoop(service: Service, keptIdle: number, nextInterval: (draws: Draws) => number): readonly Arrival[] {
  const draws = new Draws();
  const busyUntil: number[] = [];
  const freedAt: number[] = [];
  let at = 0;
  return Array.from({ length: REQUESTS }, () => {
    at += nextInterval(draws);
    busyUntil.sort((a, b) => a - b);
    while (busyUntil.length > 0 && (busyUntil[0] ?? 0) <= at) {
      freedAt.push(busyUntil.shift() ?? 0);
      if (freedAt.length > keptIdle) freedAt.shift();
    }
    const responseMs = draws.response(service);
    busyUntil.push(at + responseMs);
    return { at, pauseMs: at - (freedAt.pop() ?? -Infinity), idleConnections: freedAt.length, responseMs };
  });
}

/** Clients that each send the next request when they have received a response, and thought about it. */
function closedLoop(clients: number, service: Service, thinkMs: number): readonly Arrival[] {
  const draws = new Draws();
  const next = Array.from({ length: clients }, (_, index) => ({ at: index / 10, endedAt: -Infinity }));
  return Array.from({ length: REQUESTS }, () => {
    next.sort((a, b) => a.at - b.at);
    const client = next[0] ?? { at: 0, endedAt: 0 };
    const { at } = client;
    const idleConnections = next.filter((other) => other !== client && other.endedAt > 0 && other.endedAt <= at).length;
    const arrival = { at, pauseMs: at - client.endedAt, idleConnections, responseMs: draws.response(service) };
    client.endedAt = at + arrival.responseMs;
    client.at = client.endedAt + thinkMs * draws.uniform(0.7, 1.3);
    return arrival;
  });
}

/** @returns the share of requests that count as back to back */
function flaggedShare(arrivals: readonly Arrival[]): number {
  const detector = new ClosedLoopDetector();
  const open: Arrival[] = [];
  const flagged = arrivals.filter((arrival) => {
    const { at } = arrival;
    open.sort((a, b) => a.at + a.responseMs - b.at - b.responseMs);
    for (let first = open[0]; first !== undefined && first.at + first.responseMs <= at; first = open[0]) {
      detector.leave(first.responseMs);
      open.shift();
    }
    const isFlagged = detector.arrive(at, arrival);
    detector.enter();
    open.push(arrival);
    return isFlagged;
  });
  return flagged.length / arrivals.length;
}

describe("clients that wait for responses", () => {
  it.each([
    [1, 0.3, 0.1],
    [1, 5, 1],
    [1, 50, 30],
    [2, 1, 0.1],
    [8, 0.3, 0.1],
    [8, 5, 1],
    [8, 20, 1],
    [64, 0.3, 0.1],
    [64, 5, 0.5],
    [64, 20, 1],
  ])("%i of them, responses of %f ms, pauses of %f ms: back to back", (clients, ms, thinkMs) => {
    expect(flaggedShare(closedLoop(clients, { ms, variation: 0.5 }, thinkMs))).toBeGreaterThan(0.9);
  });

  it("for a time shorter than they pause are not back to back", () => {
    expect(flaggedShare(closedLoop(8, { ms: 5, variation: 0.5 }, 20))).toBe(0);
  });
});

describe("arrivals that do not wait", () => {
  const services = [
    [100, 1],
    [500, 1],
    [500, 5],
    [1_000, 5],
    [2_000, 0.2],
    [2_000, 0.5],
    [2_000, 5],
    [1_500, 20],
    [2_000, 50],
  ] as const;

  it.each(services)("at random, %i per second, responses of %f ms: not back to back", (perSecond, ms) => {
    for (const variation of [0.1, 0.7]) {
      for (const keptIdle of [4, 16, Infinity]) {
        const arrivals = openLoop({ ms, variation }, keptIdle, (draws) => draws.exponential(1_000 / perSecond));
        expect(flaggedShare(arrivals)).toBeLessThan(0.2);
      }
    }
  });

  it.each(services)("by the clock, %i per second, responses of %f ms: not back to back", (perSecond, ms) => {
    for (const variation of [0.1, 0.7]) {
      const arrivals = openLoop({ ms, variation }, Infinity, () => 1_000 / perSecond);
      expect(flaggedShare(arrivals)).toBeLessThan(0.2);
    }
  });
});

describe("a thread", () => {
  it("decides nothing before 64 requests, and forgets a loop that has ended", () => {
    const loop = closedLoop(1, { ms: 1, variation: 0.5 }, 0.1);
    expect(flaggedShare(loop.slice(0, 63))).toBe(0);
    const end = loop.at(-1)?.at ?? 0;
    const after = openLoop({ ms: 1, variation: 0.5 }, Infinity, (draws) => draws.exponential(10));
    const both = [...loop, ...after.map((one) => ({ ...one, at: one.at + end }))];
    // Of the later requests only some of the first few hundred still count.
    expect(flaggedShare(both) * both.length - flaggedShare(loop) * loop.length).toBeLessThan(300);
  });
});
