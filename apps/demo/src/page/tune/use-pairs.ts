import { useState } from 'preact/hooks';
import { openPhoto, type Photo } from '../lib/photo.js';
import {
  depthOfDistances,
  isDepthPng,
  type KnownDistance,
  pairFiles,
  readDepth,
  type TrainingPair,
} from '../lib/training-pairs.js';

export interface Pairs {
  pairs: readonly TrainingPair[];
  /** What was wrong with the last files. */
  problems: readonly string[];
  add(files: readonly File[]): Promise<void>;
  addDistances(photo: Photo, distances: readonly KnownDistance[]): void;
  remove(pair: TrainingPair): void;
}

/** The photos to fine-tune on, with their depth. */
export function usePairs(): Pairs {
  const [pairs, setPairs] = useState<readonly TrainingPair[]>([]);
  const [problems, setProblems] = useState<readonly string[]>([]);

  const add = async (files: readonly File[]) => {
    const heads = new Map<File, Uint8Array>();
    for (const file of files) heads.set(file, new Uint8Array(await file.slice(0, 32).arrayBuffer()));
    const found = pairFiles(files, (file) => isDepthPng(heads.get(file)!));
    const wrong = [...found.problems];
    const opened: TrainingPair[] = [];
    for (const { photo, depth } of found.pairs) {
      try {
        const truth = readDepth(depth.name, new Uint8Array(await depth.arrayBuffer()));
        opened.push({ photo: await openPhoto(photo, photo.name), truth });
      } catch (error) {
        wrong.push((error as Error).message);
      }
    }
    setProblems(wrong);
    setPairs((before) => [...before, ...opened]);
  };

  return {
    pairs,
    problems,
    add,
    addDistances(photo, distances) {
      // With an address of its own, which lasts when the page shows another photo.
      const own = { ...photo, url: URL.createObjectURL(photo.file) };
      const pair = { photo: own, truth: depthOfDistances(photo, distances) };
      // The same photo once, with what was tapped last.
      setPairs((before) => [...before.filter((each) => each.photo.file !== photo.file), pair]);
    },
    remove: (pair) => setPairs((before) => before.filter((each) => each !== pair)),
  };
}
