import { useState } from 'preact/hooks';
import type { Result } from '../hooks/use-estimates.js';
import type { View } from '../hooks/use-view.js';
import { apiSnippets } from '../lib/api-snippets.js';
import { DEFAULT_FIELD_OF_VIEW } from '../lib/geometry.js';
import type { Photo } from '../lib/photo.js';
import { CopyButton } from './copy-button.js';
import { Segments } from './segments.js';

const LANGUAGES = ['curl', 'JavaScript', 'Python'] as const;

/** Programs that get this very depth from the server. */
export function ApiCard({ photo, result, view }: { photo: Photo; result: Result; view: View }) {
  const [language, setLanguage] = useState<(typeof LANGUAGES)[number]>('curl');
  const { model, estimate, scale } = result;
  const isStated = view.fieldOfView === (photo.fieldOfView ?? DEFAULT_FIELD_OF_VIEW);
  const program = apiSnippets({
    base: document.baseURI,
    file: photo.name,
    model,
    fieldOfView: !isStated && estimate?.fieldOfView !== null ? view.fieldOfView : undefined,
    scale,
  })[language];
  return (
    <section class="card">
      <h2>Use via API</h2>
      <Segments
        class="segments--small"
        title="Language"
        options={LANGUAGES.map((value) => ({ value }))}
        chosen={language}
        onChoose={(value) => setLanguage(value)}
      />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled by the arrow keys */}
      <pre class="program" tabIndex={0}>
        <code>{program}</code>
      </pre>
      <div class="row">
        <CopyButton label="Copy code" copy={() => navigator.clipboard.writeText(program)} />
        <a class="link" href="openapi.json">
          openapi.json
        </a>
      </div>
    </section>
  );
}
