/** A pretrained model cannot be opened: the message says what is missing, where, and what to do. */
export class PretrainedError extends Error {
  override readonly name = 'PretrainedError';
}
