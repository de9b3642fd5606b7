import { expect, it } from 'vitest';
import { apiSnippets } from './api-snippets.js';

const request = { base: 'http://127.0.0.1:8642/', file: 'kitchen.jpg', model: 'tiny' };

it('names the photo, the model and the camera', () => {
  const { curl, JavaScript, Python } = apiSnippets({ ...request, fieldOfView: 66.6666 });
  for (const program of [curl, JavaScript, Python]) {
    expect(program).toContain('http://127.0.0.1:8642/api/depth?model=tiny&fov=66.67');
    expect(program).toContain('kitchen.jpg');
  }
  expect(curl).toContain('--output ./kitchen-depth.npy');
});

it('multiplies by the scale of known distances', () => {
  const { curl, JavaScript, Python } = apiSnippets({ ...request, scale: 1.234567 });
  expect(curl).toMatch(/^# Multiply the metres by 1\.2346,/);
  expect(JavaScript).toContain('value * 1.2346');
  expect(Python).toContain(')) * 1.2346');
});

it('quotes what a shell would read otherwise', () => {
  const { curl } = apiSnippets({ ...request, file: "a'; rm -rf $HOME.jpg", model: 'org/a&b' });
  expect(curl).toContain(String.raw`'@a'\''; rm -rf $HOME.jpg'`);
  expect(curl).toContain("'http://127.0.0.1:8642/api/depth?model=org%2Fa%26b'");
});
