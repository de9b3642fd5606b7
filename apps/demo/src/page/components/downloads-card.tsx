import { Download, FileArchive } from 'lucide-preact';
import type { Result } from '../hooks/use-estimates.js';
import type { View } from '../hooks/use-view.js';
import type { DepthFilesOptions, DepthFormat } from '../lib/depth-files.js';
import { depthRange } from '../lib/geometry.js';
import type { Photo } from '../lib/photo.js';
import { saveFile } from '../lib/save-file.js';
import { CopyButton } from './copy-button.js';

interface DownloadsCardProps {
  photo: Photo;
  results: readonly Result[];
  view: View;
}

const FORMATS: readonly { format: DepthFormat; what: string; note: string; type: string }[] = [
  { format: 'color.png', what: 'Color PNG', note: 'as shown', type: 'image/png' },
  { format: 'png', what: '16-bit PNG', note: 'millimetres', type: 'image/png' },
  { format: 'npy', what: 'NPY', note: 'float32 metres', type: 'application/octet-stream' },
  { format: 'ply', what: 'PLY', note: 'point cloud', type: 'application/octet-stream' },
  { format: 'glb', what: 'GLB', note: 'mesh', type: 'model/gltf-binary' },
];

/** Loaded when it is needed. */
const encoders = () => import('../lib/depth-files.js');

/** The depth as files, which are encoded in the page; of two, the first. */
export function DownloadsCard({ photo, results, view }: DownloadsCardProps) {
  const [{ estimate, title, model, scale }] = results as readonly [Result];
  if (!estimate) return null;
  const { fieldOfView, colormap } = view;
  const range = depthRange(results.flatMap((result) => result.estimate ?? []));
  const options: DepthFilesOptions = { colors: photo.colors, fieldOfView, range, colormap };
  const name = `${photo.name.replace(/\.[^.]*$/, '') || 'photo'}-depth`;
  const encode = async (format: DepthFormat, type: string) =>
    new Blob([await (await encoders()).encodeDepth(estimate, format, options)], { type });
  const saveAll = async () => {
    const about = {
      photo: photo.name,
      model,
      prompt: estimate.prompt,
      unit: 'metres',
      scale: scale ?? 1,
      fieldOfView,
      colors: { colormap, from: range[0], to: range[1] },
    };
    const formats = FORMATS.map(({ format }) => format);
    const zip = await (await encoders()).zipDepth(estimate, formats, options, name, about);
    saveFile(new Blob([zip], { type: 'application/zip' }), `${name}.zip`);
  };
  return (
    <section class="card">
      <h2>Download{results.length > 1 && `: ${title}`}</h2>
      <div class="downloads">
        {FORMATS.map(({ format, what, note, type }) => (
          <button
            key={format}
            type="button"
            class="download"
            onClick={async () => saveFile(await encode(format, type), `${name}.${format}`)}
          >
            <Download />
            <span>
              {what}
              <small>{note}</small>
            </span>
          </button>
        ))}
        <button type="button" class="download" onClick={saveAll}>
          <FileArchive />
          <span>
            All as ZIP
            <small>with settings</small>
          </span>
        </button>
      </div>
      <CopyButton
        label="Copy picture"
        copy={() => navigator.clipboard.write([new ClipboardItem({ 'image/png': encode('color.png', 'image/png') })])}
      />
    </section>
  );
}
