import { resizeIntrinsics } from '@llm-mde/depth-maps';
import { commonExamples, photographAddress, titleOf } from './example-sections.js';
import { type Html, html } from './html.js';
import { shrinkMap } from './pictures.js';
import type { RunReport } from './report-data.js';
import { type Example, rankFrames, readMap } from './tested-frames.js';

/** The largest width of a map in space: its points are in the page. */
const LARGEST_WIDTH = 160;

/** The prediction of an example in space, to be turned and compared with the ground truth. */
export function spaceSection(runs: readonly RunReport[]): Html {
  const shown = runs.flatMap(({ name, tested }) => (tested && tested.examples.length > 0 ? [{ name, tested }] : []));
  const examples = medianExample(runs);
  const [first] = examples;
  if (!first) return html``;
  const stride = Math.ceil(first.width / LARGEST_WIDTH);
  const size = { width: Math.floor(first.width / stride), height: Math.floor(first.height / stride) };
  const predicted = examples.map((example, index) => ({
    name: shown.length === 1 ? 'prediction' : `prediction of ${shown[index]!.name}`,
    map: example.prediction,
  }));
  const maps = [...predicted, { name: 'ground truth', map: first.truth }].map(({ name, map }) => ({
    name,
    unitsPerMetre: map.unitsPerMetre,
    depth: packed(shrinkMap(readMap(map), first, stride), map.unitsPerMetre),
  }));
  const space = {
    ...size,
    ...resizeIntrinsics(first.intrinsics, first, size),
    photograph: photographAddress(first),
    maps,
  };
  return html`<section><h2>In space</h2>
<figure class="space" data-space="${JSON.stringify(space)}"><figcaption>${titleOf(first)}<span class="scores">a median example</span></figcaption>
<div class="tools"><label>Depth <select>${maps.map(({ name }, index) => html`<option value="${index}">${name}</option>`)}</select></label>
<button type="button" data-do="+">Zoom in</button><button type="button" data-do="-">Zoom out</button><button type="button" data-do="0">Reset view</button></div>
<canvas tabindex="0" role="img" aria-label="Points in space of ${first.id}; turn with the arrow keys, zoom with + and −"></canvas>
<p class="note">Drag to turn, or use the arrow keys, + and −.</p></figure></section>`;
}

/** An example in the middle of the first run's ranking, as all runs predict it. */
function medianExample(runs: readonly RunReport[]): readonly Example[] {
  const common = commonExamples(runs);
  const { median, worst } = rankFrames(common.map(({ id, ofRuns: [own] }) => ({ id, absRel: own!.absRel })));
  const id = (median[0] ?? worst[0])?.id;
  return common.find((each) => each.id === id)?.ofRuns ?? [];
}

/** 16-bit numbers, the lower byte first, in base64. */
function packed(metres: Float32Array, unitsPerMetre: number): string {
  const bytes = Buffer.alloc(2 * metres.length);
  for (const [pixel, value] of metres.entries()) {
    bytes.writeUInt16LE(Math.min(65_535, Math.round(value * unitsPerMetre)), 2 * pixel);
  }
  return bytes.toString('base64');
}
