import { parseHubName } from '@llm-mde/checkpoints';
import { inputSize, type LlmMdeConfiguration, type ModelCard } from 'llm-mde';

export const README_FILE = 'README.md';

/** Stands for the repository in a page that is not pushed yet. */
const ANY_REPOSITORY = 'user/name';
/** The hub's word for a license that nobody has stated. */
export const UNKNOWN_LICENSE = 'unknown';

/** What metres rest on. */
export const CAMERA_NOTES = {
  known:
    'Its metres follow from the focal length of each image; where none is stated, a field of view of 60° is assumed.',
  unknown: 'It does not know the camera: its metres are for cameras like those it was trained with.',
};

export interface ReadmeOptions {
  /** Without one, nothing is known of its training. */
  card: ModelCard | undefined;
  configuration: LlmMdeConfiguration;
  /** @default user/name */
  repository?: string;
  /** As the hub abbreviates it. @default unknown */
  license?: string;
  /** Whether the model is there as ONNX too, with its prompt baked in or as an input. @default not */
  onnx?: 'baked' | 'inputs' | undefined;
}

/** The page of a model, with the hub's YAML before it. */
export function modelReadme(options: ReadmeOptions): string {
  const { card, configuration, repository = ANY_REPOSITORY, license = UNKNOWN_LICENSE, onnx } = options;
  const towers = hubTowers(configuration);
  const sections: (string | false | undefined)[] = [
    `# Depth from one image, ${card ? `trained on ${dataOf(card)}` : 'with LLM-MDE'}`,
    `A model of [LLM-MDE](https://github.com/llm-mde/llm-mde), which predicts the distance of each pixel in metres from one image. ${whatIsHere(configuration, towers)}`,
    '## Use',
    fence('sh', `npm install --global @llm-mde/trainer\nllm-mde predict ${repository} photo.jpg`),
    "In a program of one's own (`npm install llm-mde`):",
    fence('js', programUse(repository)),
    onnx && onnxUse(repository, onnx),
    '## Training',
    card ? `On ${card.trainedOn}.` : 'It is not recorded what it was trained on.',
    card?.command !== undefined && `The command that trained it:\n\n${fence('sh', card.command)}`,
    '## Metrics',
    ...metrics(card, configuration),
    '## Camera',
    CAMERA_NOTES[configuration.camera ? 'known' : 'unknown'],
    '## Limits',
    limits(configuration),
    '## License',
    licenseText(repository, license, towers),
  ];
  return `${frontMatter({ card, configuration, repository, license, onnx })}\n${sections.filter(Boolean).join('\n\n')}\n`;
}

/** The license that a page's YAML names; undefined if it names none. */
export function licenseOf(readme: string): string | undefined {
  return /^license: *["']?([\w.-]+)["']? *$/m.exec(yamlOf(readme))?.[1];
}

/** Names the repository and the license in a page that somebody edited. */
export function completeReadme(readme: string, repository: string, license: string): string {
  const yaml = yamlOf(readme);
  const completed = yaml.replace(/^license:.*$/m, `license: ${license}`) + readme.slice(yaml.length);
  return (
    license === UNKNOWN_LICENSE ? completed : completed.replace(unstatedLicense(ANY_REPOSITORY), statedLicense(license))
  ).replaceAll(ANY_REPOSITORY, repository);
}

/** What a page holds besides the hub's YAML. */
export function proseOf(readme: string): string {
  return readme.slice(yamlOf(readme).length).trim();
}

function yamlOf(readme: string): string {
  return /^---\r?\n.*?\n---\r?(?:\n|$)/s.exec(readme)?.[0] ?? '';
}

function frontMatter({
  card,
  configuration,
  repository,
  license,
  onnx,
}: ReadmeOptions & { repository: string; license: string }): string {
  const towers = hubTowers(configuration);
  const isWhole = configuration.vision.fullFineTuning || configuration.language.fullFineTuning;
  const list = (values: readonly string[]) => values.map((value) => `  - ${value}`);
  return [
    '---',
    `license: ${license}`,
    'pipeline_tag: depth-estimation',
    'library_name: llm-mde',
    ...(towers.length > 0
      ? ['base_model:', ...list(towers), `base_model_relation: ${isWhole ? 'finetune' : 'adapter'}`]
      : []),
    'tags:',
    ...list(['llm-mde', 'monocular-depth-estimation', 'metric-depth', ...(onnx ? ['onnx'] : [])]),
    ...modelIndex(card, repository),
    '---',
    '',
  ].join('\n');
}

function programUse(repository: string): string {
  return `import { LlmMde } from 'llm-mde';

const model = await LlmMde.load('${repository}');
const { depth, width, height } = await model.predict('photo.jpg'); // depth[row * width + column] in metres`;
}

function onnxUse(repository: string, onnx: 'baked' | 'inputs'): string {
  const what = 'The whole model as ONNX, adapters merged, is `onnx/model.onnx`';
  if (onnx === 'inputs') return `${what}, whose prompt is an input; \`onnx/config.json\` describes it.`;
  const code = `import { AutoConfig, pipeline } from '@huggingface/transformers';

const address = 'https://huggingface.co/${repository}/resolve/main/onnx/config.json';
const config = await AutoConfig.from_pretrained('${repository}', { config: await (await fetch(address)).json() });
const depth = await pipeline('depth-estimation', '${repository}', { config, dtype: 'fp32' });
const { predicted_depth } = await depth('photo.jpg'); // metres`;
  return `${what}. In transformers.js:\n\n${fence('js', code)}`;
}

/** The hub's table of results. */
function modelIndex(card: ModelCard | undefined, repository: string): string[] {
  if (!card?.test) return [];
  const { absRel, delta1, rmse } = card.test;
  const values: [type: string, name: string, value: number | undefined][] = [
    ['abs_rel', 'AbsRel', absRel],
    ['rmse', 'RMSE (m)', rmse],
    ['delta1', 'delta1', delta1],
  ];
  const data = dataOf(card);
  return [
    'model-index:',
    `  - name: ${repository}`,
    '    results:',
    '      - task:',
    '          type: depth-estimation',
    '          name: Metric depth from one image',
    '        dataset:',
    `          type: ${JSON.stringify(
      data
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, '-')
        .replaceAll(/^-|-$/g, '') || 'own',
    )}`,
    `          name: ${JSON.stringify(data)}`,
    '          split: test',
    '        metrics:',
    ...values.flatMap(([type, name, value]) =>
      value === undefined
        ? []
        : [`          - type: ${type}`, `            name: ${name}`, `            value: ${rounded(value)}`],
    ),
  ];
}

function whatIsHere(configuration: LlmMdeConfiguration, towers: readonly string[]): string {
  const { vision, language } = configuration;
  const all = pretrainedTowers(configuration);
  if (all.length === 0) return 'All of its weights are here.';
  const whole = vision.fullFineTuning || language.fullFineTuning;
  return [
    `Here is what was trained${whole ? ', of the towers too' : ': adapters, reprogramming and head'}.`,
    towers.length > 0 &&
      `The pretrained towers, ${towers.map(link).join(' and ')}, are downloaded from their own repositories.`,
    towers.length < all.length &&
      'It cannot be loaded without a pretrained tower that is a folder of the machine on which it was trained.',
  ]
    .filter(Boolean)
    .join(' ');
}

function metrics(card: ModelCard | undefined, { depthScale = 1 }: LlmMdeConfiguration): string[] {
  const { test, photographs } = card ?? {};
  if (!test && !photographs) return ['None were measured.'];
  const row = (name: string, { absRel, rmse, delta1 }: { absRel: number; rmse?: number | undefined; delta1: number }) =>
    `| ${name} | ${rounded(absRel)} | ${rmse === undefined ? '' : rounded(rmse)} | ${rounded(delta1)} |`;
  const rows = [
    test && row(`this model, ${test.frames} test frames`, test),
    test?.baseline && row('mean depth of the training frames at each pixel', test.baseline),
    photographs && row(`this model, ${photographs.frames} photographs of ${photographs.sets} other sets`, photographs),
  ];
  const notes = [
    'Metres as they are, nothing aligned; means over images.',
    test &&
      (test.seenScenes
        ? 'The test frames are of scenes that were also in training: the figures are optimistic.'
        : 'The test frames are of scenes that were not in training.'),
    depthScale !== 1 &&
      `They were measured before the model was calibrated: its depth has since been multiplied by ${depthScale}.`,
  ];
  return [
    ['|  | AbsRel | RMSE (m) | delta1 |', '| --- | ---: | ---: | ---: |', ...rows.filter(Boolean)].join('\n'),
    notes.filter(Boolean).join(' '),
  ];
}

function limits(configuration: LlmMdeConfiguration): string {
  const [height, width] = inputSize(configuration);
  const { maximumDepth, depthScale = 1 } = configuration;
  const most = Number((maximumDepth * depthScale).toPrecision(4));
  return [
    `- It knows images like those it was trained on. Nothing else was measured: other rooms, cameras or light can give metres that are wrong by far.`,
    `- Images are seen at ${width} × ${height} pixels, so fine things and edges are lost.`,
    configuration.head.output === 'log'
      ? `- It was made for distances up to ${most} m.`
      : `- No depth is above ${most} m.`,
    '- Do not rely on it where a wrong distance can hurt somebody.',
  ].join('\n');
}

function licenseText(repository: string, license: string, towers: readonly string[]): string {
  const own = license === UNKNOWN_LICENSE ? unstatedLicense(repository) : statedLicense(license);
  return towers.length === 0
    ? own
    : `${own} The pretrained towers come under their own licenses: see ${towers.map(link).join(' and ')}.`;
}

function unstatedLicense(repository: string): string {
  return `Nobody has stated a license for these weights yet: \`llm-mde push ${repository} --license mit\` states one.`;
}

function statedLicense(license: string): string {
  return `These weights: ${license}.`;
}

/** The pretrained towers that others can have too. */
function hubTowers(configuration: LlmMdeConfiguration): string[] {
  return pretrainedTowers(configuration).filter((name) => parseHubName(name) !== undefined);
}

function pretrainedTowers({ vision, language }: LlmMdeConfiguration): string[] {
  return [...new Set([vision.pretrained, language.pretrained])].filter((name) => name !== null);
}

/** The data's name, without how many frames it has. */
function dataOf({ trainedOn }: ModelCard): string {
  return trainedOn.replace(/ \(.*\)$/, '');
}

function link(repository: string): string {
  return `[${repository}](https://huggingface.co/${repository})`;
}

function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

function rounded(value: number): string {
  return String(Number(value.toFixed(4)));
}
