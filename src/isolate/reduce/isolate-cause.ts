import type { ProbeRequest } from "../../model/isolate/probe.ts";
import { neutralValue } from "../request/neutral-value.ts";
import type { ClearPart } from "../request/clear-part.ts";
import type { RequestParts } from "../request/request-parts.ts";
import type { CauseFrequency, CauseTrials } from "./cause-trials.ts";
import { minimizeParts, type Trial } from "./minimize-parts.ts";
import { IsolationEnd } from "./paced-prober.ts";

/** A part that decides, in the clear. */
export interface ClearDecidingPart {
  readonly part: ClearPart;
  /** Its value in the smallest request. */
  readonly value: string;
  /** Whether the cause is gone with a neutral value, too; otherwise the part only has to be there. Null: not tried. */
  readonly needsValue: boolean | null;
  /** What takes its place when the cause is gone; null if it is left out. */
  readonly replacement: string | null;
}

/** How far an isolation has come. */
export interface Reduction {
  /** The smallest request so far with which the cause showed. */
  readonly request: ProbeRequest;
  readonly left: number;
}

/** What an isolation has found. */
export interface IsolatedCause extends Reduction {
  readonly deciding: readonly ClearDecidingPart[];
  /** False if the limit of probes came before every part was tried. */
  readonly isMinimal: boolean;
  /** The cause shows, too, with the fields that curl adds. */
  readonly showsWithCurl: boolean;
}

/** What curl adds unless the request has it. */
const CURL_FIELDS = [
  ["accept", "*/*"],
  ["user-agent", "curl/8.0.0"],
] as const;

/** Whether a cause is noise: it shows between two responses of the primary's version at least half as often. */
export function isNoise({ shown, noisy }: CauseFrequency): boolean {
  return noisy > 0 && 2 * noisy >= shown;
}

/**
 * Finds the smallest request with which a cause still shows: first parts are left out, outer ones of a body before those in them;
 * what remains gets neutral values, and path parameters get those of other requests.
 * @param trials which have measured the original request
 * @param onReduced called for each smaller request with which the cause shows
 * @throws as `PacedProber.probe`
 */
export async function isolateCause(
  parts: RequestParts,
  trials: CauseTrials,
  onReduced: (reduction: Reduction) => void,
): Promise<IsolatedCause> {
  const reducer = new Reducer(parts, trials, onReduced);
  const isReduced = await reducer.reduce();
  await reducer.confirm();
  const decided = await reducer.decide(isReduced);
  return { ...reducer.reduction(), ...decided };
}

class Reducer {
  readonly #parts: RequestParts;
  readonly #trials: CauseTrials;
  readonly #onReduced: (reduction: Reduction) => void;
  /** The smallest request with which the cause showed. */
  #changes = new Map<ClearPart, string | null>();

  constructor(parts: RequestParts, trials: CauseTrials, onReduced: (reduction: Reduction) => void) {
    this.#parts = parts;
    this.#trials = trials;
    this.#onReduced = onReduced;
  }

  reduction(): Reduction {
    return { request: this.#parts.build(this.#changes), left: this.#kept().length };
  }

  /** @returns whether every part was tried */
  async reduce(): Promise<boolean> {
    const removable = this.#parts.all.filter(({ kind }) => kind !== "path");
    const depth = Math.max(0, ...removable.map(depthOf));
    for (let level = 0; level <= depth; level += 1) {
      const own = this.#kept().filter((part) => part.kind !== "path" && depthOf(part) === level);
      const groups = Object.values(Object.groupBy(own, ({ kind }) => kind));
      if (!(await this.#minimize(groups))) return false;
    }
    const kept = this.#kept().filter(({ kind }) => kind !== "path");
    return this.#trials.doubting(() => this.#minimize(kept.map((part) => [part])));
  }

  /** @throws IsolationEnd if the cause does not show any more, because a version has changed: what was gone proves nothing then */
  async confirm(): Promise<void> {
    const request = this.#parts.build(this.#changes);
    const trial = await this.#trials.doubting(() => this.#trials.stillShows(request));
    if (trial !== "gone") return;
    const text = "The cause stopped showing while parts were left out, also with the request that has shown it.";
    throw new IsolationEnd("failed", `${text} A version may have changed; isolate it again.`);
  }

  /** Tries other values in place of the parts that are left. */
  async decide(isReduced: boolean): Promise<Omit<IsolatedCause, keyof Reduction>> {
    let isMinimal = isReduced;
    const deciding: ClearDecidingPart[] = [];
    const kept = this.#kept();
    for (const part of kept.filter((one) => !kept.some(({ parent }) => parent === one))) {
      const found = part.kind === "path" ? await this.#tryOthers(part) : await this.#tryNeutral(part, isReduced);
      if (found === "ended") isMinimal = false;
      else if (found !== null) deciding.push(found);
    }
    return { deciding, isMinimal, showsWithCurl: await this.#tryCurl() };
  }

  /** The path parameters and all parts that are not left out, themselves or with what they are in. */
  #kept(): readonly ClearPart[] {
    const isLeftOut = (part: ClearPart): boolean =>
      this.#changes.get(part) === null || (part.parent !== undefined && isLeftOut(part.parent));
    return this.#parts.all.filter((part) => !isLeftOut(part));
  }

  async #minimize(groups: readonly (readonly ClearPart[] | undefined)[]): Promise<boolean> {
    const all = groups.map((group = []) => group);
    const { isMinimal } = await minimizeParts(all, (kept) => {
      const others = new Set(kept);
      return this.#tryChanges(all.flat().flatMap((part) => (others.has(part) ? [] : [[part, null]])));
    });
    return isMinimal;
  }

  async #tryChanges(changes: readonly (readonly [ClearPart, string | null])[]): Promise<Trial> {
    const all = new Map([...this.#changes, ...changes]);
    const request = this.#parts.build(all);
    const trial = await this.#trials.try(request);
    if (trial !== "shows") return trial;
    this.#changes = all;
    this.#onReduced(this.reduction());
    return trial;
  }

  async #tryNeutral(part: ClearPart, isReduced: boolean): Promise<ClearDecidingPart | "ended"> {
    const found = { part, value: part.value, needsValue: null, replacement: null };
    if (!isReduced) return "ended";
    const neutral = neutralValue(part);
    if (neutral === undefined) return found;
    const trial = await this.#tryChanges([[part, neutral]]);
    if (trial === "shows") return { ...found, value: neutral, needsValue: false };
    return { ...found, needsValue: trial === "gone" ? true : null };
  }

  /** @returns null if the cause shows with another value, too */
  async #tryOthers(part: ClearPart): Promise<ClearDecidingPart | "ended" | null> {
    for (const other of part.others ?? []) {
      const trial = await this.#trials.try(this.#parts.build(new Map([...this.#changes, [part, other]])));
      if (trial === "shows") return null;
      if (trial === "ended") return "ended";
    }
    return { part, value: part.value, needsValue: true, replacement: part.others?.[0] ?? null };
  }

  async #tryCurl(): Promise<boolean> {
    const { request } = this.reduction();
    const names = new Set(request.headers.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase()));
    const added = CURL_FIELDS.filter(([name]) => !names.has(name)).flat();
    if (added.length === 0) return true;
    return (await this.#trials.try({ ...request, headers: [...request.headers, ...added] })) === "shows";
  }
}

function depthOf({ parent }: ClearPart): number {
  return parent === undefined ? 0 : 1 + depthOf(parent);
}
