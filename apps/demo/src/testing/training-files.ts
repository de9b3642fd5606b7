import { encodeDepthPng, encodeNpy } from '@llm-mde/depth-maps';
import { generateFrame } from '@llm-mde/rooms/generate';
import sharp from 'sharp';

interface ChosenFile {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

/** Rendered photos with their depth, as one would choose them: every other depth map as NPY, the others as 16-bit PNG. */
export async function trainingFiles(count: number): Promise<ChosenFile[]> {
  const files: ChosenFile[] = [];
  for (let index = 0; index < count; index++) {
    const { image, depth } = generateFrame({
      seed: 40,
      sceneType: 'kitchen',
      frameIndex: index,
      width: 160,
      height: 120,
    });
    const { data, width, height, channels } = image;
    const buffer = await sharp(data, { raw: { width, height, channels } }).jpeg({ quality: 90 }).toBuffer();
    files.push({ name: `room-${index}.jpg`, mimeType: 'image/jpeg', buffer });
    const isNpy = index % 2 === 0;
    files.push({
      name: isNpy ? `room-${index}.npy` : `room-${index}_depth.png`,
      mimeType: isNpy ? '' : 'image/png',
      buffer: Buffer.from((isNpy ? encodeNpy : encodeDepthPng)(depth, { width, height })),
    });
  }
  return files;
}
