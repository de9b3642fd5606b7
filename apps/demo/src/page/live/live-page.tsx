import { Circle, Download, Pause, Play, Square, Video, Webcam } from 'lucide-preact';
import { useRef, useState } from 'preact/hooks';
import { DepthCanvas } from '../components/depth-canvas.js';
import type { Estimates } from '../hooks/use-estimates.js';
import { saveFile } from '../lib/save-file.js';
import type { Recording } from './recording.js';
import { type Live, useLive } from './use-live.js';
import './live.css';

interface LivePageProps {
  estimates: Estimates;
  onProblem(message: string): void;
}

/** Depth of a camera or a video file. */
export function LivePage({ estimates, onProblem }: LivePageProps) {
  const video = useRef<HTMLVideoElement>(null);
  const live = useLive(video, estimates, onProblem);
  const { frame } = live;
  return (
    <section class="live stack" aria-label="Video">
      <h1 class="visually-hidden">Depth of a video</h1>
      <div class="live__bar row">
        <button type="button" class="button" disabled={live.state !== 'idle'} onClick={live.openCamera}>
          <Webcam /> Use the camera
        </button>
        <label class="button file-button">
          <input
            type="file"
            class="visually-hidden"
            accept="video/*"
            onChange={({ currentTarget }) => {
              const [file] = currentTarget.files ?? [];
              if (file) void live.openFile(file);
              currentTarget.value = '';
            }}
          />
          <Video /> Choose a video
        </label>
        <label class="field">
          <input
            type="checkbox"
            checked={live.smooth}
            onChange={({ currentTarget }) => live.setSmooth(currentTarget.checked)}
          />
          <span>Smooth over time</span>
        </label>
      </div>
      <div class={live.source === 'none' && !frame ? 'live__panes live__panes--empty' : 'live__panes'}>
        <video ref={video} playsInline muted aria-label="The video" />
        <div class="live__depth">
          {frame ? (
            <DepthCanvas map={frame.map} range={frame.range} colormap="turbo" />
          ) : (
            <p>{live.state === 'running' ? 'Estimating the first frame…' : 'Its depth appears here.'}</p>
          )}
        </div>
      </div>
      {frame && (
        <p class="live__rate row" data-tensors={frame.estimate.tensors} data-frames={live.count}>
          <strong>{live.rate.toFixed(1)} frames per second</strong>
          <small>
            {Math.round(frame.estimate.totalMilliseconds)} ms each ·{' '}
            {estimates.settings.runtime === 'browser' ? 'in this browser, not uploaded' : 'on the server'} · colors from{' '}
            {frame.range[0].toFixed(1)} m (red) to {frame.range[1].toFixed(1)} m (blue)
          </small>
        </p>
      )}
      {live.source !== 'none' && <Controls live={live} />}
      {live.recording && <Downloads recording={live.recording} onProblem={onProblem} />}
      <p class="quiet live__note">
        While a frame is estimated, the video plays on: frames in between are left out. Smoothing keeps the scale of the
        depth steady where the picture stands still, and begins anew at a cut.
      </p>
    </section>
  );
}

function Controls({ live }: { live: Live }) {
  const [framesPerSecond, setFramesPerSecond] = useState(10);
  const isRunning = live.state === 'running';
  return (
    <div class="live__bar row">
      {live.progress === undefined && live.state !== 'idle' && (
        <button type="button" class="button" onClick={isRunning ? live.pause : live.resume}>
          {isRunning ? <Pause /> : <Play />} {isRunning ? 'Pause' : 'Go on'}
        </button>
      )}
      <button type="button" class="button" disabled={live.state === 'idle'} onClick={live.stop}>
        <Square /> Stop
      </button>
      {live.source === 'camera' && (
        <button
          type="button"
          class="button"
          aria-pressed={live.isRecording}
          onClick={() => live.record(!live.isRecording)}
        >
          <Circle /> {live.isRecording ? 'End recording' : 'Record'}
        </button>
      )}
      {live.source === 'file' && (
        <>
          <label class="field">
            <span>Frames per second</span>
            <input
              class="text-input"
              type="number"
              min={1}
              max={60}
              value={framesPerSecond}
              onInput={({ currentTarget }) => setFramesPerSecond(Number(currentTarget.value))}
            />
          </label>
          <button
            type="button"
            class="button button--primary"
            onClick={() => live.processFile(Math.min(60, Math.max(1, framesPerSecond || 10)))}
          >
            Estimate the whole video
          </button>
        </>
      )}
      {live.progress !== undefined && (
        <label class="field">
          <progress value={live.progress} max={1} aria-label="Frames estimated" />
          <span role="status">{Math.round(100 * live.progress)} %</span>
        </label>
      )}
    </div>
  );
}

function Downloads({ recording, onProblem }: { recording: Recording; onProblem(message: string): void }) {
  const [share, setShare] = useState<number>();
  const saveVideo = async (sideBySide: boolean) => {
    setShare(0);
    try {
      const content = await recording.video({ sideBySide, colormap: 'turbo' }, setShare);
      saveFile(content, `depth-video.${content.type.includes('mp4') ? 'mp4' : 'webm'}`);
    } catch (error) {
      onProblem((error as Error).message);
    }
    setShare(undefined);
  };
  const isBusy = share !== undefined;
  return (
    <section class="card" aria-label="Download">
      <h2>{recording.frames.length} frames</h2>
      <div class="row">
        <button type="button" class="button button--small" disabled={isBusy} onClick={() => saveVideo(false)}>
          <Download /> Depth video
        </button>
        <button type="button" class="button button--small" disabled={isBusy} onClick={() => saveVideo(true)}>
          <Download /> Side by side
        </button>
        <button
          type="button"
          class="button button--small"
          onClick={async () => saveFile(await recording.zip(), 'depth-frames.zip')}
        >
          <Download /> 16-bit frames
        </button>
      </div>
      <p class="quiet" role="status">
        {isBusy
          ? `Recording the video: ${Math.round(100 * share)} %. Keep this page in the foreground.`
          : 'A video is recorded while it plays once. Frames are 16-bit PNG files in millimetres, in a zip.'}
      </p>
    </section>
  );
}
