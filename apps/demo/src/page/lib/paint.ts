/**
 * Paints a picture that fills a canvas.
 *
 * @param rgb RGB interleaved, row by row, as many pixels as the canvas has.
 * @param alpha opacity of a pixel, 0 to 255. @default opaque
 */
export function paintRgb(
  canvas: HTMLCanvasElement,
  rgb: Uint8Array,
  alpha: (pixel: number) => number = () => 255,
): void {
  const picture = new ImageData(canvas.width, canvas.height);
  for (let pixel = 0; pixel < canvas.width * canvas.height; pixel++) {
    picture.data.set(rgb.subarray(3 * pixel, 3 * pixel + 3), 4 * pixel);
    picture.data[4 * pixel + 3] = alpha(pixel);
  }
  canvas.getContext('2d')!.putImageData(picture, 0, 0);
}
