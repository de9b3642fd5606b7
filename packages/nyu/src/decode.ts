// Imported by worker threads: reads frames of any format.
import { startDecoding } from '@llm-mde/rgbd';
import { type NyuIndex, openReader } from './formats.js';

export const start = (index: NyuIndex) => startDecoding(openReader(index));
