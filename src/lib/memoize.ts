/**
 * Caches the result of a function for each object, as long as the object lives. The function must depend on the content of the
 * object only, and the object must never change: a store returns the same object until its counts change.
 */
export function memoizePerObject<Subject extends object, Result>(compute: (subject: Subject) => Result) {
  const results = new WeakMap<Subject, { readonly result: Result }>();
  return (subject: Subject): Result => {
    const known = results.get(subject);
    if (known !== undefined) return known.result;
    const result = compute(subject);
    results.set(subject, { result });
    return result;
  };
}

/** Caches the last result for each object, as long as all other inputs are the same objects or values (`Object.is`). */
export function memoizeLast<Subject extends object, Inputs extends object, Result>(
  compute: (subject: Subject, inputs: Inputs) => Result,
) {
  const last = new WeakMap<Subject, { readonly inputs: Inputs; readonly result: Result }>();
  return (subject: Subject, inputs: Inputs): Result => {
    const known = last.get(subject);
    if (known !== undefined && areSame(known.inputs, inputs)) return known.result;
    const result = compute(subject, inputs);
    last.set(subject, { inputs, result });
    return result;
  };
}

/**
 * Caches the last result for each first element of a list, as long as the list has the same elements. The function must depend on
 * the elements only, which must never change.
 */
export function memoizeList<Element extends object, Result>(compute: (list: readonly Element[]) => Result) {
  const last = new WeakMap<Element, { readonly list: readonly Element[]; readonly result: Result }>();
  return (list: readonly Element[]): Result => {
    const [first] = list;
    if (first === undefined) return compute(list);
    const known = last.get(first);
    if (known?.list.length === list.length && list.every((element, at) => element === known.list[at]))
      return known.result;
    const result = compute(list);
    last.set(first, { list, result });
    return result;
  };
}

function areSame<Inputs extends object>(one: Inputs, other: Inputs): boolean {
  const names = Object.keys(other) as (keyof Inputs)[];
  return names.length === Object.keys(one).length && names.every((name) => Object.is(one[name], other[name]));
}
