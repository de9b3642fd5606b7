// Measures on photographs whether what a model's patches attend to says anything, and whether its prototypes are close to words.
//
// The photographs are those of photographs.mjs. Only figures leave this command, never a picture.
import { basename } from 'node:path';
import { openDevice } from '@llm-mde/backend';
import { LlmMde } from 'llm-mde';
import { runCommand } from '../workspace/command.mjs';
import { readFrames } from './frames.mjs';
import { mean } from './scores.mjs';

await runCommand({
  name: 'npm run bench -- attention',
  options: {
    'folder FOLDER': 'photographs, described by its manifest.jsonl',
    'models LIST': 'folders of saved models or runs, comma separated',
    'sets LIST': 'only these sets, comma separated',
    'each N': 'so many photographs of each set, evenly spaced (default: 1)',
  },
  async run({ folder, models = '', sets, each = 1 }) {
    if (!folder) throw new Error('Name the folder of photographs: --folder FOLDER, with a manifest.jsonl in it.');
    const paths = models.split(',').filter(Boolean);
    if (paths.length === 0) throw new Error('Name the models: --models FOLDER,FOLDER.');
    const { frames, skipped } = await readFrames(folder, sets?.split(','));
    for (const sentence of skipped) console.error(`Skipped: ${sentence}`);
    const names = [...new Set(frames.map(({ set }) => set))];
    const chosen = names.flatMap((name) =>
      spaced(
        frames.filter(({ set }) => set === name),
        Number(each),
      ),
    );
    if (chosen.length === 0) throw new Error(`No frame of ${folder} can be read.`);
    const device = await openDevice();
    for (const path of paths) console.log(await measure(path, chosen, device));
    await device.close();
  },
});

/** Markdown: a row for each photograph, and a line on the words. */
async function measure(path, frames, device) {
  const model = await LlmMde.load(path, { compiler: device.compile });
  const rows = [];
  for (const { name, image } of frames) {
    const { attention } = await model.attendedWords(image, { prototypeCount: 1, wordCount: 1 });
    rows.push({ name, ...attention });
    console.error(`${basename(path)}, ${name}: ${attention.sentence}`);
  }
  const count = rows[0].prototypeCount;
  const nearest = (
    await model.wordsOf(
      Array.from({ length: count }, (_, index) => index),
      1,
    )
  ).map(([word]) => word);
  await model.dispose();
  const figures = ['largestTimesEven', 'fromEven', 'fromMean', 'fromMeanShuffled'];
  const cells = (row) => figures.map((figure) => row[figure].toFixed(row[figure] < 10 ? 3 : 0));
  const means = Object.fromEntries(figures.map((figure) => [figure, mean(rows.map((row) => row[figure]))]));
  const line = (values) => `| ${values.join(' | ')} |`;
  return [
    `## ${basename(path)}: ${count} prototypes, at most ${Math.log(count).toFixed(2)} nats from even\n`,
    line([
      'photograph',
      "a patch's first prototype, × even",
      'from even',
      'from the mean',
      'the same, shuffled',
      'verdict',
    ]),
    '| --- | ---: | ---: | ---: | ---: | --- |',
    ...rows.map((row) => line([row.name, ...cells(row), row.verdict])),
    line(['mean', ...cells(means), '']),
    `\nClose to a word: ${nearest.filter(({ isClose }) => isClose).length} of ${count} prototypes; a prototype's nearest word has a cosine of ${mean(nearest.map(({ similarity }) => similarity)).toFixed(2)} on average.\n`,
  ].join('\n');
}

/** So many of a list, evenly spaced, beginning with the first. */
function spaced(list, count) {
  const taken = Math.min(count, list.length);
  return Array.from({ length: taken }, (_, index) => list[Math.floor((index * list.length) / taken)]);
}
