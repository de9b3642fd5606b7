import { Download, FileArchive } from 'lucide-preact';
import type { Result } from '../hooks/use-estimates.js';
import type { View } from '../hooks/use-view.js';
import { coloredPng, type DepthFilesOptions, depthFiles, zipped } from '../lib/depth-files.js';
import { depthRange } from '../lib/geometry.js';
import type { Photo } from '../lib/photo.js';
import { save } from '../lib/save.js';
import { CopyButton } from './copy-button.js';

interface DownloadsCardProps {
  photo: Photo;
  results: readonly Result[];
  view: View;
}

/** The depth as files, which are encoded in the page; of two, the first. */
export function DownloadsCard({ photo, results, view }: DownloadsCardProps) {
  const [{ estimate, title, model, scale }] = results as readonly [Result];
  if (!estimate) return null;
  const { fieldOfView, colormap } = view;
  const range = depthRange(results.flatMap((result) => result.estimate ?? []));
  const options: DepthFilesOptions = { colors: photo.colors, fieldOfView, range, colormap };
  const files = depthFiles(estimate, options);
  const name = photo.name.replace(/\.[^.]*$/, '') || 'photo';
  const about = () => ({
    photo: photo.name,
    model,
    prompt: estimate.prompt,
    unit: 'metres',
    scale: scale ?? 1,
    fieldOfView,
    colors: { colormap, from: range[0], to: range[1] },
  });
  const copy = () => {
    const png = new Blob([coloredPng(estimate, options)], { type: 'image/png' });
    return navigator.clipboard.write([new ClipboardItem({ 'image/png': png })]);
  };
  return (
    <section class="card">
      <h2>Download{results.length > 1 && `: ${title}`}</h2>
      <div class="downloads">
        {files.map(({ ending, what, note, type, make }) => (
          <button
            key={ending}
            type="button"
            class="download"
            onClick={async () => save(new Blob([await make()], { type }), `${name}${ending}`)}
          >
            <Download />
            <span>
              {what}
              <small>{note}</small>
            </span>
          </button>
        ))}
        <button
          type="button"
          class="download"
          onClick={async () =>
            save(new Blob([await zipped(name, files, about())], { type: 'application/zip' }), `${name}-depth.zip`)
          }
        >
          <FileArchive />
          <span>
            All as ZIP
            <small>with settings</small>
          </span>
        </button>
      </div>
      <CopyButton label="Copy picture" copy={copy} />
    </section>
  );
}
