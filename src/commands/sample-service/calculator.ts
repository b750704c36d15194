import { createOperations, refusal, type Answer } from "./operations.ts";
import type { PlantedName } from "../demo/planted-regressions.ts";

/** Answers a request; the target is in origin form, without a query. */
export type Calculator = (method: string, target: string) => Answer;

/** Beyond it, factoring takes longer than a demo has. */
const LARGEST = 1e12;

/**
 * The sample service of the demo.
 * @param planted what the new version does worse; null for the old version
 * @param newRequestId makes an id that is never the same
 */
export function createCalculator(planted: ReadonlySet<PlantedName> | null, newRequestId: () => string): Calculator {
  const operations = createOperations(planted, newRequestId);
  return (method, target) => {
    const [name = "", ...parameters] = target.slice(1).split("/");
    const key = `${method} ${name}`;
    const operation = Object.hasOwn(operations, key) ? operations[key] : undefined;
    if (operation === undefined || operation.takes !== parameters.length) return refusal(404, "no such operation");
    const numbers = parameters.map(Number);
    if (!numbers.every((number) => Number.isInteger(number) && number >= 1 && number <= LARGEST)) {
      return refusal(400, `only whole numbers from 1 to ${LARGEST}`);
    }
    return operation.run(...numbers);
  };
}
