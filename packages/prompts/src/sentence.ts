/**
 * A description that a user wrote, as one sentence: single spaces, a mark at the end.
 *
 * @throws TypeError if there is nothing in it.
 */
export function sentence(description: string, what: string): string {
  const words = typeof description === 'string' ? description.trim().replace(/\s+/g, ' ') : '';
  if (words === '') {
    throw new TypeError(`The ${what} description is empty: give a sentence, or leave the option out for the default.`);
  }
  return /[.!?]$/.test(words) ? words : `${words}.`;
}
