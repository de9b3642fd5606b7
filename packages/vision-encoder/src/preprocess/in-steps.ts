/** Does work that pauses at each `yield` without pausing. */
export function toTheEnd<Result>(work: Generator<undefined, Result>): Result {
  let step = work.next();
  while (!step.done) step = work.next();
  return step.value;
}
