/** Long work on the processor, which says with `yield` where others may have a turn. */
export type Work<Result> = Generator<undefined, Result>;

/** Does all of it at once. */
export function atOnce<Result>(work: Work<Result>): Result {
  let step = work.next();
  while (!step.done) step = work.next();
  return step.value;
}
