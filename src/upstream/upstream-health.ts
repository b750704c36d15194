import type { TransportFailure, TransportFailureKind } from "../model/capture.ts";

/** Failures in a row after which an upstream that accepts connections is down: single ones happen to every service. */
const FAILURES_IN_ROW = 3;
/** Reports are this far apart, so that a failing upstream costs ten messages per second and not one per request. */
const REPORT_EVERY_MS = 100;
/** Failures of shadowdiff itself, or of a response that did arrive. */
const OWN_FAILURES: ReadonlySet<TransportFailureKind> = new Set(["internal", "descriptors", "endless"]);

/** What has happened to the requests to one address since the last report. */
export interface HealthReport {
  readonly subset: string;
  readonly address: string;
  /** Connections cannot be opened, or the last requests in a row have failed. */
  readonly isDown: boolean;
  /** Requests that failed. */
  readonly failed: number;
  /** The last failure, of a request or of a connection without one; null if there was none. */
  readonly failure: TransportFailure | null;
  /** When that was, and when a response last followed a failure, Unix milliseconds; 0 if it did not. */
  readonly failedAt: number;
  readonly respondedAt: number;
}

/** Observes the requests of one proxy thread to one address. While it responds, a request costs one comparison. */
export class UpstreamHealth {
  readonly #subset: string;
  readonly #address: string;
  readonly #onReport: (report: HealthReport) => void;
  #isSuspect = false;
  #isDown = false;
  #failedInRow = 0;
  #failed = 0;
  #failure: TransportFailure | null = null;
  #failedAt = 0;
  #respondedAt = 0;
  #isReporting = false;

  /** @param address the URL of the upstream */
  constructor(subset: string, address: string, onReport: (report: HealthReport) => void) {
    this.#subset = subset;
    this.#address = address;
    this.#onReport = onReport;
  }

  /** A connection could not be opened, for a request or ahead of the first one. */
  connectionFailed(failure: TransportFailure): void {
    if (OWN_FAILURES.has(failure.kind)) return;
    this.#isDown = true;
    this.#fail(failure);
  }

  /** @returns the failure with the address */
  requestFailed(failure: TransportFailure): TransportFailure {
    const located = { ...failure, address: this.#address };
    // Chance decides whether a closed connection fails a request.
    if (OWN_FAILURES.has(failure.kind) || failure.connectionClosed === true || failure.notProcessed === true) {
      return located;
    }
    this.#failed += 1;
    this.#failedInRow += 1;
    if (this.#failedInRow >= FAILURES_IN_ROW) this.#isDown = true;
    this.#fail(failure);
    return located;
  }

  /** A response has arrived. */
  responded(): void {
    if (!this.#isSuspect) return;
    this.#isSuspect = false;
    this.#isDown = false;
    this.#failedInRow = 0;
    this.#respondedAt = Date.now();
    this.#reportSoon();
  }

  /** Another thread has found the upstream down: the next response is reported. */
  suspect(): void {
    this.#isSuspect = true;
  }

  #fail(failure: TransportFailure): void {
    this.#isSuspect = true;
    this.#failure = failure;
    this.#failedAt = Date.now();
    this.#reportSoon();
  }

  #reportSoon(): void {
    if (this.#isReporting) return;
    this.#isReporting = true;
    setTimeout(() => this.#report(), REPORT_EVERY_MS).unref();
  }

  #report(): void {
    this.#isReporting = false;
    this.#onReport({
      subset: this.#subset,
      address: this.#address,
      isDown: this.#isDown,
      failed: this.#failed,
      failure: this.#failure,
      failedAt: this.#failedAt,
      respondedAt: this.#respondedAt,
    });
    this.#failed = 0;
    this.#failure = null;
    this.#failedAt = 0;
    this.#respondedAt = 0;
  }
}

/** The health of all addresses, as one proxy thread sees it. The clients of several roles share that of an address. */
export class UpstreamHealthBook {
  readonly #onReport: (report: HealthReport) => void;
  readonly #byAddress = new Map<string, UpstreamHealth>();

  constructor(onReport: (report: HealthReport) => void) {
    this.#onReport = onReport;
  }

  of(subset: string, address: string): UpstreamHealth {
    const key = `${subset}\n${address}`;
    const known = this.#byAddress.get(key);
    if (known !== undefined) return known;
    const health = new UpstreamHealth(subset, address, this.#onReport);
    this.#byAddress.set(key, health);
    return health;
  }
}
