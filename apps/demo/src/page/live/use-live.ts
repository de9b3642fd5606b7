import { DepthSmoother } from '@llm-mde/depth-maps';
import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { DepthEstimate } from '../estimators/estimator.js';
import type { Estimates } from '../hooks/use-estimates.js';
import { openCamera, stop as turnOff } from '../lib/camera.js';
import type { DepthMap } from '../lib/geometry.js';
import { depthRange } from '../lib/geometry.js';
import { durationOf, grabFrame, openVideo, seek } from './frames.js';
import { Recording } from './recording.js';

interface LiveFrame {
  map: DepthMap;
  /** Metres at the ends of the colors, which change slowly. */
  range: [number, number];
  estimate: DepthEstimate;
}

export interface Live {
  source: 'none' | 'camera' | 'file';
  state: 'idle' | 'running' | 'paused';
  smooth: boolean;
  setSmooth(smooth: boolean): void;
  frame: LiveFrame | undefined;
  /** How many frames were estimated since the start, and how many a second lately. */
  count: number;
  rate: number;
  /** Share of the file that is done, where all of it is estimated. */
  progress: number | undefined;
  recording: Recording | undefined;
  isRecording: boolean;
  openCamera(): Promise<void>;
  openFile(file: File): Promise<void>;
  /** Every frame of the file, at this rate, however long that takes. */
  processFile(framesPerSecond: number): Promise<void>;
  record(on: boolean): void;
  pause(): void;
  resume(): void;
  stop(): void;
}

/** Depth of what a video shows, one frame at a time: while one is estimated, those in between are left out. */
export function useLive(
  video: RefObject<HTMLVideoElement>,
  { estimator, settings: { model } }: Estimates,
  onProblem: (message: string) => void,
): Live {
  const [source, setSource] = useState<Live['source']>('none');
  const [state, setState] = useState<Live['state']>('idle');
  const [smooth, setSmooth] = useState(true);
  const [frame, setFrame] = useState<LiveFrame>();
  const [count, setCount] = useState(0);
  const [rate, setRate] = useState(0);
  const [progress, setProgress] = useState<number>();
  const [recording, setRecording] = useState<Recording>();
  const [isRecording, setIsRecording] = useState(false);
  const smoother = useRef(new DepthSmoother());
  const range = useRef<[number, number]>();
  const times = useRef<number[]>([]);
  const run = useRef<AbortController>();
  const latest = useRef({
    estimator,
    model,
    smooth,
    recording: undefined as { to: Recording; start: number } | undefined,
  });
  latest.current = { ...latest.current, estimator, model, smooth };

  const estimateFrame = async (name: string, signal: AbortSignal) => {
    const photo = await grabFrame(video.current!, name);
    const estimate = await latest.current.estimator.depth(photo, { model: latest.current.model }, signal);
    const smoothed = smoother.current.next(estimate.depth, photo.colors, estimate);
    const map = {
      width: estimate.width,
      height: estimate.height,
      depth: latest.current.smooth ? smoothed : estimate.depth,
    };
    const [least, greatest] = depthRange([map]);
    const [low, high] = range.current ?? [least, greatest];
    range.current = [low + 0.1 * (least - low), high + 0.1 * (greatest - high)];
    const now = performance.now();
    times.current = [...times.current.filter((time) => now - time < 3000), now];
    setRate(times.current.length > 1 ? (1000 * (times.current.length - 1)) / (now - times.current[0]!) : 0);
    setFrame({ map, range: range.current, estimate });
    setCount((before) => before + 1);
    return { photo, map };
  };

  const begin = () => {
    run.current?.abort();
    run.current = new AbortController();
    smoother.current.reset();
    range.current = undefined;
    times.current = [];
    setCount(0);
    setProgress(undefined);
    return run.current.signal;
  };
  const fail = (error: unknown, signal: AbortSignal) => {
    if (signal.aborted) return;
    onProblem((error as Error).message);
    setState('idle');
  };

  /** As fast as it goes; the video plays on meanwhile. */
  const play = async () => {
    const signal = begin();
    setState('running');
    try {
      await video.current!.play();
      while (!signal.aborted) {
        if (video.current!.paused || video.current!.ended) {
          if (video.current!.ended) return finish();
          await new Promise((resolve) => setTimeout(resolve, 100));
          continue;
        }
        const { photo, map } = await estimateFrame('video frame', signal);
        const { recording: into } = latest.current;
        if (into && !signal.aborted) into.to.add((performance.now() - into.start) / 1000, photo, map);
        // A frame has to be painted before the next one.
        await new Promise((resolve) => setTimeout(resolve));
      }
    } catch (error) {
      fail(error, signal);
    }
  };

  const finish = () => {
    latest.current.recording = undefined;
    setIsRecording(false);
    setState('idle');
  };
  const stop = () => {
    run.current?.abort();
    const element = video.current;
    element?.pause();
    if (element?.srcObject) {
      turnOff(element.srcObject as MediaStream);
      element.srcObject = null;
      setSource('none');
    }
    finish();
  };
  // The camera goes off with the page.
  useEffect(() => stop, []);

  return {
    source,
    state,
    smooth,
    setSmooth,
    frame,
    count,
    rate,
    progress,
    recording,
    isRecording,
    async openCamera() {
      try {
        const stream = await openCamera();
        video.current!.srcObject = stream;
        setSource('camera');
        setRecording(undefined);
        await play();
      } catch (error) {
        onProblem((error as Error).message);
      }
    },
    async openFile(file) {
      stop();
      try {
        await openVideo(video.current!, file);
        setSource('file');
        setRecording(undefined);
        await play();
      } catch (error) {
        onProblem((error as Error).message);
      }
    },
    async processFile(framesPerSecond) {
      const signal = begin();
      const element = video.current!;
      element.pause();
      setState('running');
      const into = new Recording();
      try {
        const duration = await durationOf(element);
        const total = Math.max(1, Math.floor(duration * framesPerSecond));
        for (let index = 0; index < total && !signal.aborted; index++) {
          const seconds = index / framesPerSecond;
          await seek(element, seconds);
          const { photo, map } = await estimateFrame(`frame ${index + 1}`, signal);
          into.add(seconds, photo, map);
          setProgress((index + 1) / total);
        }
      } catch (error) {
        fail(error, signal);
      }
      if (into.frames.length > 0) setRecording(into);
      if (!signal.aborted) setState('idle');
    },
    record(on) {
      const to = on ? new Recording() : undefined;
      if (!on && latest.current.recording && latest.current.recording.to.frames.length > 0)
        setRecording(latest.current.recording.to);
      latest.current.recording = to && { to, start: performance.now() };
      setIsRecording(on);
    },
    pause() {
      video.current!.pause();
      setState('paused');
    },
    resume() {
      void video.current!.play();
      setState('running');
    },
    stop,
  };
}
