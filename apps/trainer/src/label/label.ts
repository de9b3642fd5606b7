import { join } from 'node:path';
import type { DeviceName } from '@llm-mde/backend';
import { withOpenModel } from '../models/with-open-model.js';
import { progressBar } from '../output/progress.js';
import { plural, UsageError, writing } from '../output/sentences.js';
import { findInputs } from '../predict/find-inputs.js';
import { acquireLock } from '../run/lock.js';
import { INTERRUPTED, Interruption } from '../train/interruption.js';
import { labelPhotos } from './label-photos.js';
import { type LabelsHeader, LabelsLog } from './labels-log.js';

export interface LabelFlags {
  teacher: string;
  out: string;
  /** For a teacher of relative depth: how far the nearest and the farthest pixel of each photo are, in metres. */
  range?: readonly [nearest: number, farthest: number];
  /** Pixels of the longer side, to which larger photos are reduced. */
  size: number;
  device: DeviceName | 'auto';
}

/** Writes photos with the depth that a teacher predicts, as a folder of images and depth maps to train on. */
export async function label(
  paths: readonly string[],
  { teacher, out, range, size, device }: LabelFlags,
): Promise<void> {
  if (paths.includes('-')) throw new UsageError('photos are labeled as files: standard input is none.');
  const inputs = await findInputs(paths, out);
  const progress = progressBar();
  const onNote = (note: string) => progress.note(`llm-mde: ${note}`);
  const interruption = new Interruption();
  await withOpenModel(
    teacher,
    { device },
    async (open) => {
      checkRange(open, range);
      const header: LabelsHeader = {
        ...{ teacher: open.name, digest: await open.digest(), license: open.license ?? null },
        ...{ unit: open.unit, range: range ?? null, size },
      };
      const release = await writing(out, () => acquireLock(join(out, 'labels.lock'), out));
      const stopListening = interruption.listen(
        () => progress.note('Finishing this photo. Press Ctrl-C again to exit at once.'),
        release,
      );
      try {
        const log = await writing(out, () => LabelsLog.open(out, header));
        const { labeled, present, failed } = await labelPhotos({
          ...{ open, log, inputs, out, range, size, onNote },
          isStopped: () => interruption.requested,
          onPhoto({ done, problem }) {
            if (problem !== undefined) progress.note(`llm-mde: skipped. ${problem}`);
            progress.show('labeling', done, inputs.length);
          },
        }).finally(progress.end);
        const notes = [present > 0 && `${present} labeled before`, failed > 0 && `${failed} failed`];
        console.log(
          [`Labeled ${labeled} of ${plural(inputs.length, 'photo')} into ${out} by ${open.name}`, ...notes]
            .filter(Boolean)
            .join('; ')
            .concat('.'),
        );
        if (open.about !== undefined) console.log(open.about);
        if (interruption.requested) console.log('Stopped: the same command resumes.');
        else if (labeled + present > 0) console.log(`Train on them: llm-mde train --data ${out} --from rooms-small`);
        if (interruption.requested) process.exitCode = INTERRUPTED;
        else if (failed > 0) process.exitCode = 1;
      } finally {
        stopListening();
        await release();
      }
    },
    onNote,
  );
}

function checkRange({ unit, name }: { unit: string; name: string }, range: LabelFlags['range']): void {
  if (unit === 'metre' && range !== undefined) throw new UsageError(`${name} gives metres itself: leave out --range.`);
  if (unit === 'metre' || range !== undefined) return;
  throw new UsageError(
    `${name} gives relative inverse depth, and training needs metres: say with --range how far the nearest and the farthest pixel of each photo are, such as --range 0.5,6, or take a teacher of metric depth.`,
  );
}
