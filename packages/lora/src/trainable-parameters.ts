export interface TrainableParameters {
  trainable: number;
  /** The adapters included. */
  all: number;
  /** As PEFT prints it: `trainable params: 64 || all params: 1,064 || trainable%: 6.0150`. */
  text: string;
}

export function describeParameters(trainable: number, all: number): TrainableParameters {
  const number = (count: number) => count.toLocaleString('en-US');
  const share = ((100 * trainable) / all).toFixed(4);
  return {
    trainable,
    all,
    text: `trainable params: ${number(trainable)} || all params: ${number(all)} || trainable%: ${share}`,
  };
}
