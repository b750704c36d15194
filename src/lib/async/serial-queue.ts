/** Runs functions one at a time, in the order in which they were added. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** Calls `work` once everything that was added before has settled. @returns what `work` returns */
  async run<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    const before = this.#last;
    const turn = before.then(work, work);
    this.#last = turn;
    return turn;
  }
}
