import { encodeDepthPng, encodeGlb, encodeNpy, encodePly, intrinsicsFromFieldOfView } from '@llm-mde/depth-maps';
import { Download } from 'lucide-preact';
import type { DepthEstimate } from '../estimators/estimator.js';
import type { View } from '../hooks/use-view.js';
import type { Photo } from '../lib/photo.js';
import { save } from '../lib/save.js';

interface DownloadsCardProps {
  photo: Photo;
  estimate: DepthEstimate;
  view: View;
}

/** The depth as files, which are encoded in the page. */
export function DownloadsCard({ photo, estimate, view }: DownloadsCardProps) {
  const { depth } = estimate;
  const in3d = { ...estimate, colors: photo.colors, intrinsics: intrinsicsFromFieldOfView(view.fieldOfView, estimate) };
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
      make: () => encodePly(depth, in3d),
    },
    { ending: 'glb', what: 'GLB', note: 'mesh', type: 'model/gltf-binary', make: () => encodeGlb(depth, in3d) },
  ];
  const name = photo.name.replace(/\.[^.]*$/, '') || 'photo';
  return (
    <section class="card">
      <h2>Download</h2>
      <div class="downloads">
        {files.map(({ ending, what, note, type, make }) => (
          <button
            key={ending}
            type="button"
            class="download"
            onClick={async () => save(new Blob([await make()], { type }), `${name}-depth.${ending}`)}
          >
            <Download />
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
