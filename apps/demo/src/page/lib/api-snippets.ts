import { shellQuoted } from './calibration.js';

export interface ApiRequest {
  /** Of the page. */
  base: string;
  /** Name of the photo's file. */
  file: string;
  model: string;
  /** In degrees, where the server would not find it in the file. */
  fieldOfView?: number | undefined;
  /** That known distances gave, which the server does not know. */
  scale?: number | undefined;
}

/** Programs that ask the server for the depth of a photo. */
export function apiSnippets({ base, file, model, fieldOfView, scale }: ApiRequest) {
  const query = new URLSearchParams({
    model,
    ...(fieldOfView !== undefined && { fov: String(Number(fieldOfView.toFixed(2))) }),
  });
  const address = String(new URL(`api/depth?${query}`, base));
  const output = `${file.replace(/\.[^.]*$/, '') || 'photo'}-depth.npy`;
  const factor = scale === undefined ? undefined : Number(scale.toPrecision(5));
  return {
    curl: [
      ...(factor === undefined ? [] : [`# Multiply the metres by ${factor}, which your known distances gave.`]),
      `curl --fail-with-body --data-binary ${shellQuoted(`@${file}`)} \\`,
      "  -H 'content-type: application/octet-stream' -H 'accept: application/x-npy' \\",
      `  ${shellQuoted(address)} --output ${shellQuoted(`./${output}`)}`,
    ].join('\n'),
    JavaScript: [
      "import { readFile } from 'node:fs/promises';",
      '',
      `const response = await fetch(${JSON.stringify(address)}, {`,
      "  method: 'POST',",
      "  headers: { 'content-type': 'application/octet-stream' },",
      `  body: await readFile(${JSON.stringify(file)}),`,
      '});',
      'const { width, height, depth, message } = await response.json();',
      'if (!response.ok) throw new Error(message);',
      "const bytes = Uint8Array.from(Buffer.from(depth, 'base64'));",
      `const metres = new Float32Array(bytes.buffer)${factor === undefined ? '' : `.map((value) => value * ${factor})`};`,
      'console.log(width, height, metres[0]);',
    ].join('\n'),
    Python: [
      'import io',
      'import urllib.request',
      '',
      'import numpy',
      '',
      "headers = {'Content-Type': 'application/octet-stream', 'Accept': 'application/x-npy'}",
      `with open(${JSON.stringify(file)}, 'rb') as photo:`,
      `    request = urllib.request.Request(${JSON.stringify(address)}, photo.read(), headers)`,
      'with urllib.request.urlopen(request) as answer:',
      `    metres = numpy.load(io.BytesIO(answer.read()))${factor === undefined ? '' : ` * ${factor}`}`,
      'print(metres.shape, metres.min(), metres.max())',
    ].join('\n'),
  };
}
