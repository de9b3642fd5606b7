import { LlmMde } from 'llm-mde';

const photo = document.querySelector<HTMLImageElement>('#photo')!;
const depth = document.querySelector<HTMLImageElement>('#depth')!;
const text = document.querySelector<HTMLParagraphElement>('#text')!;

// WebGPU where the browser has it, else WebAssembly.
const model = await LlmMde.load('/models/tiny/');
await show();
document.querySelector('input')!.addEventListener('change', async ({ target }) => {
  const file = (target as HTMLInputElement).files?.[0];
  if (!file) return;
  photo.src = URL.createObjectURL(file);
  await show();
});

async function show(): Promise<void> {
  text.textContent = 'Predicting …';
  try {
    await photo.decode();
    const started = performance.now();
    const prediction = await model.predict(photo);
    const { width, height, minimum, maximum } = prediction;
    depth.src = URL.createObjectURL(new Blob([await prediction.toColorMap()], { type: 'image/png' }));
    text.textContent = `${width} × ${height} pixels, ${minimum.toFixed(2)} to ${maximum.toFixed(2)} metres, ${(performance.now() - started).toFixed(0)} ms`;
  } catch (error) {
    text.textContent = (error as Error).message;
  }
}
