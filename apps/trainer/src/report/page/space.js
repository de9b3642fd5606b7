// @ts-check
// Shows the points of a depth map in space, in the colors of its photograph, on a plain canvas.
export {};

/**
 * @typedef {{ width: number, height: number, fx: number, fy: number, cx: number, cy: number, photograph: string,
 *   maps: { name: string, unitsPerMetre: number, depth: string }[] }} Space
 */

const START = { yaw: 0.35, pitch: 0.18, zoom: 1 };
const STEP = 0.12;

class View {
  turn = { ...START };
  /** @type {Float32Array[]} */
  clouds = [];
  shown = 0;
  isWaiting = false;

  /** @param {HTMLElement} figure */
  constructor(figure) {
    /** @type {Space} */
    this.space = JSON.parse(figure.dataset.space ?? '');
    this.canvas = /** @type {HTMLCanvasElement} */ (figure.querySelector('canvas'));
    this.clouds = this.space.maps.map((map) => this.cloudOf(map));
    // All maps in one view, so that they can be compared.
    this.center = this.centerOf(this.clouds[0] ?? new Float32Array());
    this.listen(figure);
  }

  /** Points in metres: x to the right, y down, z away from the camera; NaN where there is none. @param {Space['maps'][number]} map */
  cloudOf({ depth, unitsPerMetre }) {
    const { width, height, fx, fy, cx, cy } = this.space;
    const bytes = Uint8Array.from(atob(depth), (character) => character.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    const points = new Float32Array(3 * width * height).fill(Number.NaN);
    for (let pixel = 0; pixel < width * height; pixel++) {
      const z = view.getUint16(2 * pixel, true) / unitsPerMetre;
      if (z === 0) continue;
      const [x, y] = [pixel % width, Math.floor(pixel / width)];
      points.set([((x - cx) * z) / fx, ((y - cy) * z) / fy, z], 3 * pixel);
    }
    return points;
  }

  /** @param {Float32Array} points */
  centerOf(points) {
    const depths = points.filter((value, index) => index % 3 === 2 && Number.isFinite(value)).sort();
    return depths[Math.floor(depths.length / 2)] ?? 1;
  }

  async start() {
    const { width, height, photograph } = this.space;
    const image = new Image();
    image.src = photograph;
    await image.decode();
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (
      new OffscreenCanvas(width, height).getContext('2d')
    );
    context.drawImage(image, 0, 0, width, height);
    this.colors = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
    this.draw();
    this.canvas.dataset.drawn = 'true';
  }

  redraw() {
    if (this.isWaiting) return;
    this.isWaiting = true;
    requestAnimationFrame(() => {
      this.isWaiting = false;
      this.draw();
    });
  }

  draw() {
    const { canvas, colors } = this;
    const points = this.clouds[this.shown];
    const scale = Math.min(2, devicePixelRatio);
    const [width, height] = [Math.round(canvas.clientWidth * scale), Math.round(canvas.clientHeight * scale)];
    if (!colors || !points || width === 0 || height === 0) return;
    [canvas.width, canvas.height] = [width, height];
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    const picture = context.createImageData(width, height);
    const pixels = new Uint32Array(picture.data.buffer);
    const nearest = new Float32Array(width * height).fill(Number.POSITIVE_INFINITY);
    const turned = this.turned(points);
    const { focal, left, top } = this.framing(width, height);
    for (let point = 0; point < colors.length; point++) {
      const z = /** @type {number} */ (turned[3 * point + 2]);
      if (!(z > 0.05)) continue;
      const x = left + (focal * /** @type {number} */ (turned[3 * point])) / z;
      const y = top + (focal * /** @type {number} */ (turned[3 * point + 1])) / z;
      // As large as the gap to the next point of its distance.
      const gap = /** @type {number} */ ((points[3 * point + 2] ?? 0) / this.space.fx) * (focal / z);
      const size = Math.min(24, Math.max(1, Math.ceil(gap * 1.5)));
      const [x0, y0] = [Math.round(x - size / 2), Math.round(y - size / 2)];
      for (let row = Math.max(0, y0); row < Math.min(height, y0 + size); row++) {
        for (let column = Math.max(0, x0); column < Math.min(width, x0 + size); column++) {
          const at = row * width + column;
          if (z >= /** @type {number} */ (nearest[at])) continue;
          nearest[at] = z;
          pixels[at] = /** @type {number} */ (colors[point]);
        }
      }
    }
    context.putImageData(picture, 0, 0);
  }

  /** Turned around the middle of the scene. @param {Float32Array} points */
  turned(points) {
    const { yaw, pitch, zoom } = this.turn;
    const [cosY, sinY, cosP, sinP] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
    const result = new Float32Array(points.length);
    for (let at = 0; at < points.length; at += 3) {
      const x = /** @type {number} */ (points[at]);
      const y = /** @type {number} */ (points[at + 1]);
      const z = /** @type {number} */ (points[at + 2]) - this.center;
      const [x1, z1] = [cosY * x + sinY * z, cosY * z - sinY * x];
      result[at] = x1;
      result[at + 1] = cosP * y - sinP * z1;
      result[at + 2] = cosP * z1 + sinP * y + this.center * (0.6 + 0.8 / zoom);
    }
    return result;
  }

  /** So that the scene fills the canvas as it is turned at first. @param {number} width @param {number} height */
  framing(width, height) {
    const turn = this.turn;
    this.turn = { ...START };
    const [low, high] = [
      [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
      [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
    ];
    const points = this.turned(this.clouds[0] ?? new Float32Array());
    this.turn = turn;
    for (let at = 0; at < points.length; at += 3) {
      const z = /** @type {number} */ (points[at + 2]);
      if (!(z > 0.05)) continue;
      for (const side of [0, 1]) {
        const value = /** @type {number} */ (points[at + side]) / z;
        low[side] = Math.min(/** @type {number} */ (low[side]), value);
        high[side] = Math.max(/** @type {number} */ (high[side]), value);
      }
    }
    const [x0 = 0, y0 = 0] = low;
    const [x1 = 0, y1 = 0] = high;
    const focal = 0.94 * Math.min(width / (x1 - x0), height / (y1 - y0));
    return { focal, left: width / 2 - (focal * (x0 + x1)) / 2, top: height / 2 - (focal * (y0 + y1)) / 2 };
  }

  /** @param {Partial<typeof START>} change */
  change({ yaw = 0, pitch = 0, zoom = 1 }) {
    this.turn = {
      yaw: this.turn.yaw + yaw,
      pitch: Math.min(1.4, Math.max(-1.4, this.turn.pitch + pitch)),
      zoom: Math.min(6, Math.max(0.3, this.turn.zoom * zoom)),
    };
    this.redraw();
  }

  /** @param {HTMLElement} figure */
  listen(figure) {
    const { canvas } = this;
    canvas.addEventListener('pointerdown', ({ pointerId }) => canvas.setPointerCapture(pointerId));
    canvas.addEventListener('pointermove', ({ pointerId, movementX, movementY }) => {
      if (canvas.hasPointerCapture(pointerId)) this.change({ yaw: -movementX / 150, pitch: movementY / 150 });
    });
    // Only where the reader is at it, so that the page scrolls over it.
    canvas.addEventListener(
      'wheel',
      (event) => {
        if (document.activeElement !== canvas) return;
        event.preventDefault();
        this.change({ zoom: Math.exp(-event.deltaY / 500) });
      },
      { passive: false },
    );
    /** @type {Record<string, () => void>} */
    const actions = {
      ArrowLeft: () => this.change({ yaw: STEP }),
      ArrowRight: () => this.change({ yaw: -STEP }),
      ArrowUp: () => this.change({ pitch: -STEP }),
      ArrowDown: () => this.change({ pitch: STEP }),
      '+': () => this.change({ zoom: 1.2 }),
      '-': () => this.change({ zoom: 1 / 1.2 }),
      0: () => {
        this.turn = { ...START };
        this.redraw();
      },
    };
    canvas.addEventListener('keydown', (event) => {
      const action = actions[event.key];
      if (!action) return;
      event.preventDefault();
      action();
    });
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (figure.querySelectorAll('[data-do]'))) {
      button.addEventListener('click', () => actions[button.dataset.do ?? '']?.());
    }
    figure.querySelector('select')?.addEventListener('change', (event) => {
      this.shown = Number(/** @type {HTMLSelectElement} */ (event.target).value);
      this.redraw();
    });
    new ResizeObserver(() => this.draw()).observe(canvas);
    addEventListener('beforeprint', () => this.draw());
  }
}

for (const figure of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-space]'))) {
  new View(figure).start();
}
