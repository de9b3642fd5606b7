import { X } from 'lucide-preact';
import { useLayoutEffect, useState } from 'preact/hooks';
import { CameraDialog } from './components/camera-dialog.js';
import { type Activity, Header } from './components/header.js';
import { lazily } from './components/lazily.js';
import { OfflineNote } from './components/offline-note.js';
import { Panel } from './components/panel.js';
import { Stage } from './components/stage.js';
import { Welcome } from './components/welcome.js';
import { useCalibration } from './hooks/use-calibration.js';
import { useEstimates } from './hooks/use-estimates.js';
import { useIncomingFiles } from './hooks/use-incoming-files.js';
import { useOffline } from './hooks/use-offline.js';
import { useServer } from './hooks/use-server.js';
import { useView } from './hooks/use-view.js';
import { useWords } from './hooks/use-words.js';
import { openPhoto, type Photo } from './lib/photo.js';

const LivePage = lazily(async () => (await import('./live/live-page.js')).LivePage);
const TunePage = lazily(async () => (await import('./tune/tune-page.js')).TunePage);

/** The page: a photo, the estimates of its depth, and the views of them. */
export function App() {
  const server = useServer();
  const offline = useOffline(server);
  const [photo, setPhoto] = useState<Photo>();
  const [problem, setProblem] = useState<string>();
  const [cameraOpen, setCameraOpen] = useState(false);
  const [activity, setActivity] = useState<Activity>('photo');
  /** Pairs of photos and depth, while the page fine-tunes. */
  const [tuneFiles, setTuneFiles] = useState<File[]>([]);
  const view = useView(photo);
  const calibration = useCalibration(photo, view.fieldOfView);
  const estimates = useEstimates(photo, server, view.fieldOfView, calibration);
  const model = estimates.models.find(({ id }) => id === estimates.settings.model);
  const words = useWords(photo, estimates.settings.model, estimates.estimator, view.tool === 'attention');

  // A new photo is seen, wherever the page was scrolled to.
  useLayoutEffect(() => {
    if (photo) scrollTo(0, 0);
  }, [photo]);

  const show = async (file: Blob, name: string) => {
    try {
      const opened = await openPhoto(file, name);
      setProblem(undefined);
      setActivity('photo');
      setPhoto((before) => {
        if (before) URL.revokeObjectURL(before.url);
        return opened;
      });
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  const incoming = useIncomingFiles(show, setProblem, activity === 'tune' ? setTuneFiles : undefined);
  const inputs = { ...incoming, openCamera: () => setCameraOpen(true), show, report: setProblem };

  return (
    <div class="app">
      <Header
        server={server}
        estimates={estimates}
        inputs={inputs}
        hasPhoto={photo !== undefined}
        activity={activity}
        onActivity={setActivity}
      />
      <main class={activity === 'photo' && photo ? 'workspace' : 'workspace workspace--empty'}>
        {activity === 'live' ? (
          <LivePage estimates={estimates} onProblem={setProblem} />
        ) : activity === 'tune' ? (
          <TunePage
            photo={photo}
            estimates={estimates}
            dropped={tuneFiles}
            onProblem={setProblem}
            onUsed={() => setActivity('photo')}
          />
        ) : photo ? (
          <>
            <Stage photo={photo} estimates={estimates} view={view} words={words} />
            <Panel photo={photo} estimates={estimates} view={view} words={words} calibration={calibration} />
          </>
        ) : (
          <Welcome inputs={inputs} model={model} />
        )}
      </main>
      <OfflineNote offline={offline} />
      <Problems messages={[problem, server.problem, estimates.problem, words.problem]} />
      {incoming.dragging && <div class="drop-veil">Drop to estimate depth</div>}
      {cameraOpen && <CameraDialog onPhoto={show} onClose={() => setCameraOpen(false)} />}
    </div>
  );
}

/** What went wrong, until it is closed or over. */
function Problems({ messages }: { messages: (string | undefined)[] }) {
  const [closed, setClosed] = useState<string[]>([]);
  const present = [...new Set(messages.filter((message) => message !== undefined))];
  const all = present.join('\n');
  // At once: a key that is pressed as soon as a message is seen closes it.
  useLayoutEffect(() => {
    // One that comes again is shown again.
    setClosed((before) => before.filter((message) => all.split('\n').includes(message)));
    const onKeyDown = ({ key }: KeyboardEvent) => key === 'Escape' && setClosed(all.split('\n'));
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, [all]);
  return (
    <div class="problems" role="alert">
      {present
        .filter((message) => !closed.includes(message))
        .map((message) => (
          <p key={message}>
            {message}
            <button type="button" aria-label="Close" onClick={() => setClosed([...closed, message])}>
              <X />
            </button>
          </p>
        ))}
    </div>
  );
}
