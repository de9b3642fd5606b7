import { type AttentionMeasure, type AttentionVerdict, attentionVerdict } from '@llm-mde/reprogramming';

/** Whether there is something to see in an image's attention, and the figures that say so: means over its patches. */
export interface AttentionSummary {
  /** There is something to see if it is `informative`. The rule: `attentionVerdict` of `@llm-mde/reprogramming`. */
  verdict: AttentionVerdict;
  /** The verdict with its figures, for readers. */
  sentence: string;
  /** How many prototypes there are. */
  prototypeCount: number;
  /** How far a patch's attention is from even, in nats, of at most log(prototypeCount). */
  fromEven: number;
  /** How far it is from the mean of all patches, in nats. */
  fromMean: number;
  /** The same where the queries' features are shuffled: the largest of 19. */
  fromMeanShuffled: number;
  /** The weight of a patch's most attended prototype, times the number of prototypes: 1 is even attention. */
  largestTimesEven: number;
}

export function summarizeAttention(measure: AttentionMeasure): AttentionSummary {
  const verdict = attentionVerdict(measure);
  const figures = {
    prototypeCount: measure.mean.length,
    fromEven: meanOf(measure.fromEven),
    fromMean: meanOf(measure.fromMean),
    fromMeanShuffled: Math.max(...measure.shuffled),
    largestTimesEven: meanOf(measure.largestTimesEven),
  };
  return { verdict, sentence: SENTENCES[verdict](figures), ...figures };
}

type Figures = Omit<AttentionSummary, 'verdict' | 'sentence'>;

const SENTENCES: Record<AttentionVerdict, (figures: Figures) => string> = {
  even: ({ prototypeCount, largestTimesEven }) =>
    `The patches of this image attend to all ${prototypeCount} prototypes almost evenly (a patch's first one gets ${digits(largestTimesEven)} × even on average): there is nothing to see.`,
  same: ({ fromEven, fromMean }) =>
    `The patches of this image all attend to the same prototypes (${digits(fromEven)} nats from even attention, but ${digits(fromMean)} from their mean): there is nothing to see about a single patch.`,
  chance: ({ fromMean, fromMeanShuffled, largestTimesEven }) =>
    `The patches of this image attend to some prototypes far more than to others (a patch's first one gets ${digits(largestTimesEven)} × even on average), but differ from each other no more than by chance (${digits(fromMean)} nats from their mean, up to ${digits(fromMeanShuffled)} with shuffled queries): there is nothing to see about a single patch.`,
  informative: ({ fromMean, fromMeanShuffled, largestTimesEven }) =>
    `The patches of this image attend to different prototypes (a patch's first one gets ${digits(largestTimesEven)} × even on average), by more than chance: ${digits(fromMean)} nats from their mean, at most ${digits(fromMeanShuffled)} with shuffled queries.`,
};

/** 0.016, 1.25, 214: as many digits as say something. */
function digits(value: number): string {
  return value >= 10 ? value.toFixed(0) : Number(value.toFixed(value < 1 ? 3 : 2)).toString();
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
