import { performance } from "node:perf_hooks";

/** Something that has work left when it had its turn. */
export interface TurnTaker {
  /** @returns false when there was nothing to do */
  takeTurn(): boolean;
}

/** Each costs about 0.1 ms with a response of 100 KB, so that one turn of the event loop stays below a millisecond. */
const PER_TURN = 4;
/** Streams that start as soon as they are read. Waiting costs up to a fifth of a small request. */
const AT_ONCE_PER_TURN = 100;
/** In a turn with a new connection, after which others probably wait to be accepted. */
const PER_TURN_WITH_NEW = 1;

/**
 * Lets connections with pipelined requests or waiting streams take turns, a few in each turn of the event loop. Node accepts
 * one connection per turn: if hundreds of clients pipeline, and all of them are served in every turn, the turns are long and new
 * clients wait for seconds.
 */
export class TurnQueue {
  readonly #waiting: TurnTaker[] = [];
  #perTurn = PER_TURN;
  #turn = 0;
  #startedAtOnce = 0;

  /** @returns whether one more request may start without waiting, which the caller then does */
  startAtOnce(): boolean {
    if (this.#waiting.length > 0 || this.#perTurn === PER_TURN_WITH_NEW) return false;
    const turn = performance.nodeTiming.uvMetricsInfo.loopCount;
    if (turn !== this.#turn) this.#startedAtOnce = 0;
    this.#turn = turn;
    this.#startedAtOnce += 1;
    return this.#startedAtOnce <= AT_ONCE_PER_TURN;
  }

  wait(taker: TurnTaker): void {
    if (this.#waiting.push(taker) === 1) setImmediate(this.#serve);
  }

  /** There is a new connection: the next turn is shorter. */
  shortenTurn(): void {
    this.#perTurn = PER_TURN_WITH_NEW;
  }

  readonly #serve = (): void => {
    let served = 0;
    let taken = 0;
    while (served < this.#perTurn && taken < this.#waiting.length) {
      if (this.#waiting[taken]?.takeTurn() === true) served += 1;
      taken += 1;
    }
    this.#waiting.splice(0, taken);
    this.#perTurn = PER_TURN;
    if (this.#waiting.length > 0) setImmediate(this.#serve);
  };
}
