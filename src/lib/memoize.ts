/**
 * Makes a function that works once for each object, as long as that lives. Only for functions of nothing but what is in the
 * object, and objects that nobody changes: stores give the same one until what was counted has changed.
 */
export function memoizePerObject<Subject extends object, Result>(make: (subject: Subject) => Result) {
  const results = new WeakMap<Subject, { readonly result: Result }>();
  return (subject: Subject): Result => {
    const known = results.get(subject);
    if (known !== undefined) return known.result;
    const result = make(subject);
    results.set(subject, { result });
    return result;
  };
}

/**
 * The same for a function that depends on other things as well: the last result for each object is given again while every
 * one of these inputs is the same object or value.
 */
export function memoizeLast<Subject extends object, Inputs extends object, Result>(
  make: (subject: Subject, inputs: Inputs) => Result,
) {
  const last = new WeakMap<Subject, { readonly inputs: Inputs; readonly result: Result }>();
  return (subject: Subject, inputs: Inputs): Result => {
    const known = last.get(subject);
    if (known !== undefined && isSame(known.inputs, inputs)) return known.result;
    const result = make(subject, inputs);
    last.set(subject, { inputs, result });
    return result;
  };
}

function isSame<Inputs extends object>(one: Inputs, other: Inputs): boolean {
  const names = Object.keys(other) as (keyof Inputs)[];
  return names.length === Object.keys(one).length && names.every((name) => Object.is(one[name], other[name]));
}
