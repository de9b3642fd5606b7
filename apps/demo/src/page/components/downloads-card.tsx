import { encodeDepthPng, encodeGlb, encodeNpy, encodePly } from '@llm-mde/depth-maps';
import type { DepthEstimate } from '../estimate/estimator.js';
import { cameraOf } from '../geometry.js';
import type { View } from '../hooks/use-view.js';
import type { Photo } from '../photo.js';
import { DownloadIcon } from './icons.js';

interface DownloadsCardProps {
  photo: Photo;
  estimate: DepthEstimate;
  view: View;
}

/** The depth as files, which are made here in the page. */
export function DownloadsCard({ photo, estimate, view }: DownloadsCardProps) {
  const { depth } = estimate;
  const inSpace = { ...estimate, colors: photo.colors, intrinsics: cameraOf(estimate, view.fieldOfView) };
  const files = [
    {
      ending: 'png',
      what: '16-bit PNG',
      note: 'millimetres',
      type: 'image/png',
      make: () => encodeDepthPng(depth, estimate),
    },
    {
      ending: 'npy',
      what: 'NPY',
      note: 'float32 metres',
      type: 'application/octet-stream',
      make: () => encodeNpy(depth, estimate),
    },
    {
      ending: 'ply',
      what: 'PLY',
      note: 'point cloud',
      type: 'application/octet-stream',
      make: () => encodePly(depth, inSpace),
    },
    { ending: 'glb', what: 'GLB', note: 'surface', type: 'model/gltf-binary', make: () => encodeGlb(depth, inSpace) },
  ];
  const name = photo.name.replace(/\.[^.]*$/, '') || 'photo';
  return (
    <section class="card">
      <h2>Take it with you</h2>
      <div class="downloads">
        {files.map(({ ending, what, note, type, make }) => (
          <button
            key={ending}
            type="button"
            class="download"
            onClick={() => save(new Blob([make()], { type }), `${name}-depth.${ending}`)}
          >
            <DownloadIcon />
            <span>
              {what}
              <small>{note}</small>
            </span>
          </button>
        ))}
      </div>
    </section>
  );
}

function save(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  const link = Object.assign(document.createElement('a'), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
