import type { MetricName } from '@llm-mde/metrics';

/** A run that rows of the tables are made of; several rows can share one. */
export type RunName =
  | '1-shot'
  | '2-shot'
  | '3-shot'
  | '4-shot'
  | 'few-shot'
  | 'zero-shot'
  | 'fixed-prompt'
  | 'no-prompt'
  | 'no-language-model'
  | 'frozen'
  | 'frozen-language'
  | `scheme-${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8}`;

export type TableNumber = 1 | 2 | 3 | 4 | 5;

/** A row of a table: the paper's name for it, the run behind it, and the paper's figures. */
export interface PaperRow {
  label: string;
  run: RunName;
  /** The one scene type that is tested, where a row is about one. */
  sceneType?: string;
  paper?: PaperFigures;
}

/** By what is most probably the per-image min-max variant (no unit), as the paper prints them. */
export type PaperFigures = Partial<Record<MetricName, number>>;

export interface PaperTable {
  number: TableNumber;
  title: string;
  rows: readonly PaperRow[];
}

/** The paper's five tables. Where two rows have the same figures, they are the same run: the best one. */
export const PAPER_TABLES: readonly PaperTable[] = [
  {
    number: 1,
    title: 'Few-shot: how many scene types, and one image of each',
    rows: [
      { label: '1-shot', run: '1-shot', paper: figures(0.285, 0.741, 0.318, 0.542, 0.365, 0.574, 0.731) },
      // biome-ignore lint/suspicious/noApproximativeNumericConstant: the paper's figure is 0.707
      { label: '2-shot', run: '2-shot', paper: figures(0.267, 0.707, 0.289, 0.526, 0.389, 0.591, 0.745) },
      { label: '3-shot', run: '3-shot', paper: figures(0.259, 0.669, 0.265, 0.508, 0.394, 0.612, 0.765) },
      { label: '4-shot', run: '4-shot', paper: figures(0.242, 0.627, 0.234, 0.488, 0.415, 0.637, 0.783) },
      {
        label: 'few-shot (one of each type)',
        run: 'few-shot',
        paper: figures(0.253, 0.639, 0.247, 0.498, 0.402, 0.625, 0.777),
      },
    ],
  },
  {
    number: 2,
    title: 'Zero-shot: trained on bedrooms, tested on four types that training never sees',
    rows: [
      { label: 'all four', run: 'zero-shot', paper: figures(0.287, 0.724, 0.319, 0.529) },
      { label: 'bathroom', run: 'zero-shot', sceneType: 'bathroom' },
      { label: 'dining room', run: 'zero-shot', sceneType: 'dining_room' },
      { label: 'kitchen', run: 'zero-shot', sceneType: 'kitchen' },
      { label: 'living room', run: 'zero-shot', sceneType: 'living_room' },
    ],
  },
  {
    number: 3,
    title: 'Prompts: adaptive (A), fixed (B), none (C)',
    rows: [
      { label: 'LLM-MDE-A', run: 'scheme-3', paper: figures(0.206, 0.448, 0.125, 0.426) },
      { label: 'LLM-MDE-B', run: 'fixed-prompt', paper: figures(0.214, 0.461, 0.132, 0.441) },
      { label: 'LLM-MDE-C', run: 'no-prompt', paper: figures(0.312, 0.814, 0.363, 0.579) },
      // The released code leaves BERT out where there is no prompt, which mixes up two effects: this row tells them apart.
      { label: 'no language model', run: 'no-language-model' },
    ],
  },
  {
    number: 4,
    title: 'Adapters: in neither tower (1), in the ViT (2), in both (3)',
    rows: [
      { label: 'Scheme 1', run: 'frozen', paper: figures(0.288, 0.748, 0.32, 0.549) },
      { label: 'Scheme 2', run: 'frozen-language', paper: figures(0.218, 0.522, 0.171, 0.449) },
      { label: 'Scheme 3', run: 'scheme-3', paper: figures(0.206, 0.448, 0.125, 0.426) },
    ],
  },
  {
    number: 5,
    title: 'Hyper-parameters: alpha and rank of the adapters, batch size, learning rate',
    rows: [
      { label: 'Scheme 1', run: 'scheme-1', paper: figures(0.338, 0.88, 0.415, 0.607, 0.281, 0.494, 0.668) },
      { label: 'Scheme 2', run: 'scheme-2', paper: figures(0.218, 0.496, 0.158, 0.44, 0.426, 0.678, 0.831) },
      { label: 'Scheme 3', run: 'scheme-3', paper: figures(0.206, 0.448, 0.125, 0.426, 0.393, 0.708, 0.865) },
      { label: 'Scheme 4', run: 'scheme-4', paper: figures(0.284, 0.743, 0.317, 0.541, 0.359, 0.574, 0.734) },
      { label: 'Scheme 5', run: 'scheme-5', paper: figures(0.252, 0.593, 0.215, 0.518, 0.37, 0.631, 0.788) },
      { label: 'Scheme 6', run: 'scheme-6', paper: figures(0.258, 0.632, 0.247, 0.499, 0.39, 0.623, 0.779) },
      { label: 'Scheme 7', run: 'scheme-7', paper: figures(0.261, 0.657, 0.259, 0.509, 0.382, 0.611, 0.768) },
      { label: 'Scheme 8', run: 'scheme-8', paper: figures(0.261, 0.669, 0.265, 0.507, 0.387, 0.61, 0.765) },
    ],
  },
];

/** The runs that some tables need, each once. */
export function runsOf(tables: readonly PaperTable[]): RunName[] {
  return [...new Set(tables.flatMap(({ rows }) => rows.map(({ run }) => run)))];
}

/** In the order of the paper's columns. */
function figures(
  rmse: number,
  absRel: number,
  sqRel: number,
  rmseLog: number,
  ...deltas: readonly [] | readonly [number, number, number]
): PaperFigures {
  const [delta1, delta2, delta3] = deltas;
  return { rmse, absRel, sqRel, rmseLog, ...(delta1 !== undefined && { delta1, delta2, delta3 }) };
}
