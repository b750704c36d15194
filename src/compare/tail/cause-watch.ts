import { type DifferingField, OVERFLOW_ENDPOINT } from "../../model/difference.ts";
import { type ArmedCause, KEPT_MARK, type SeenExchange } from "../../model/isolate/armed-cause.ts";

/** The last step of a path to a member with a name. */
const MEMBER = /(?:\.[^.[\]{}…]+|\['(?:[^'\\]|\\.)*'\])$/;

/** An exchange that was compared with one candidate. */
interface ComparedPair {
  readonly endpoint: string;
  readonly candidate: string;
  readonly fields: readonly DifferingField[];
}

/** Notices in a compare thread which armed causes an exchange shows whose request is kept. Without any it does nothing. */
export class CauseWatch {
  #causes: readonly ArmedCause[] = [];
  #seen: { id: string; causes: string[] }[] = [];
  #current: string[] | null = null;

  /** Replaces the causes. */
  arm(causes: readonly ArmedCause[]): void {
    this.#causes = causes;
  }

  /** The comparison of an exchange begins. */
  begin(id: string): void {
    this.#current = null;
    if (!id.endsWith(KEPT_MARK)) return;
    this.#current = [];
    this.#seen.push({ id, causes: this.#current });
  }

  /** The request of the exchange is kept. */
  get isKept(): boolean {
    return this.#current !== null;
  }

  /** The exchange was compared with one of its candidates. */
  offer(pair: ComparedPair): void {
    for (const cause of this.#causes) if (shows(pair, cause)) this.#current?.push(cause.id);
  }

  /** @returns the exchanges since the last call */
  take(): readonly SeenExchange[] {
    const seen = this.#seen;
    if (seen.length > 0) this.#seen = [];
    return seen;
  }
}

function shows({ endpoint, candidate, fields }: ComparedPair, cause: ArmedCause): boolean {
  if (candidate !== cause.candidate) return false;
  if (endpoint !== cause.endpoint && cause.endpoint !== OVERFLOW_ENDPOINT) return false;
  return fields.some(
    ({ section, path, kind, mark }) =>
      mark !== "noise" &&
      cause.fields.some((field) => field.section === section && field.kind === kind && isNamed(path, field.path)),
  );
}

/** Reports name the members of a map by one path, although this thread may not have learned yet that it is one. */
function isNamed(path: string, reported: string): boolean {
  return path === reported || (reported.endsWith("{*}") && `${path.replace(MEMBER, "")}{*}` === reported);
}
