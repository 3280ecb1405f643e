import { crc32, deflateSync } from "node:zlib";

/** A shape says whether a point is inside; layers are painted in order. Colours are `#rrggbb`. */
export type Shape = (x: number, y: number) => boolean;
export interface Layer {
  shape: Shape;
  colour: string;
}
type Point = readonly [x: number, y: number];

/** Samples along each axis of a pixel: 4 × 4 gives edges smooth enough for an icon. */
const SAMPLES = 4;

export const circle =
  (cx: number, cy: number, radius: number): Shape =>
  (x, y) =>
    Math.hypot(x - cx, y - cy) <= radius;

/** A line with round ends. */
export const capsule =
  (from: Point, to: Point, width: number): Shape =>
  (x, y) =>
    distanceToSegment(x, y, from, to) <= width / 2;

/** A polygon with its corners rounded by `grow`, which also makes it that much larger on every side. */
export function polygon(points: readonly Point[], grow = 0): Shape {
  const sides = points.map((point, i) => [point, points[(i + 1) % points.length]!] as const);
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [left, right] = [Math.min(...xs) - grow, Math.max(...xs) + grow];
  const [top, bottom] = [Math.min(...ys) - grow, Math.max(...ys) + grow];
  return (x, y) => {
    if (x < left || x > right || y < top || y > bottom) return false;
    if (isInside(x, y, sides)) return true;
    return grow > 0 && sides.some(([a, b]) => distanceToSegment(x, y, a, b) <= grow);
  };
}

export const roundedSquare = (size: number, radius: number): Shape =>
  polygon(
    [
      [radius, radius],
      [size - radius, radius],
      [size - radius, size - radius],
      [radius, size - radius],
    ],
    radius,
  );

export const ring =
  (cx: number, cy: number, radius: number, width: number): Shape =>
  (x, y) =>
    Math.abs(Math.hypot(x - cx, y - cy) - radius) <= width / 2;

/** Points of a cubic Bézier curve, the start left out. */
export function bezier(p0: Point, p1: Point, p2: Point, p3: Point): Point[] {
  const steps = 16;
  return Array.from({ length: steps }, (_, i) => {
    const t = (i + 1) / steps;
    const u = 1 - t;
    const mix = (k: 0 | 1) => u * u * u * p0[k] + 3 * u * u * t * p1[k] + 3 * u * t * t * p2[k] + t * t * t * p3[k];
    return [mix(0), mix(1)] as const;
  });
}

/** A PNG (RGBA, 8 bit) of `size` pixels; the layers' coordinates run from 0 to `units`. */
export function drawPng(size: number, units: number, layers: readonly Layer[]): Buffer {
  const scanlines = Buffer.alloc(size * (size * 4 + 1));
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      const at = row * (size * 4 + 1) + 1 + column * 4;
      scanlines.set(pixel(column, row, units / size, layers), at);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 6, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const body = [pngChunk("IHDR", header), pngChunk("IDAT", deflateSync(scanlines)), pngChunk("IEND", Buffer.alloc(0))];
  return Buffer.concat([signature, ...body]);
}

/** Most pixels are of one colour: only where the corners differ all samples are taken. */
function pixel(column: number, row: number, scale: number, layers: readonly Layer[]): number[] {
  const topAt = (x: number, y: number) =>
    layers.findLast((layer) => layer.shape((column + x) * scale, (row + y) * scale))?.colour;
  const corner = topAt(0, 0);
  const isPlain =
    topAt(1, 0) === corner && topAt(0, 1) === corner && topAt(1, 1) === corner && topAt(0.5, 0.5) === corner;
  if (isPlain) return corner === undefined ? [0, 0, 0, 0] : [...channels(corner), 255];
  const offsets = Array.from({ length: SAMPLES }, (_, i) => (i + 0.5) / SAMPLES);
  const colours = offsets.flatMap((y) => offsets.flatMap((x) => topAt(x, y) ?? [])).map(channels);
  if (colours.length === 0) return [0, 0, 0, 0];
  const mean = [0, 1, 2].map((k) => Math.round(colours.reduce((sum, colour) => sum + colour[k]!, 0) / colours.length));
  return [...mean, Math.round((255 * colours.length) / (SAMPLES * SAMPLES))];
}

const channels = (colour: string) => [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));

function pngChunk(type: string, data: Buffer): Buffer {
  const content = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const frame = Buffer.alloc(content.length + 8);
  frame.writeUInt32BE(data.length, 0);
  content.copy(frame, 4);
  frame.writeUInt32BE(crc32(content), content.length + 4);
  return frame;
}

/** Even-odd rule. */
function isInside(x: number, y: number, sides: readonly (readonly [Point, Point])[]): boolean {
  let isIn = false;
  for (const [a, b] of sides) {
    if (a[1] > y !== b[1] > y && x < a[0] + ((y - a[1]) / (b[1] - a[1])) * (b[0] - a[0])) isIn = !isIn;
  }
  return isIn;
}

function distanceToSegment(x: number, y: number, [ax, ay]: Point, [bx, by]: Point): number {
  const lengthSquared = (bx - ax) ** 2 + (by - ay) ** 2;
  const along = lengthSquared === 0 ? 0 : ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / lengthSquared;
  const t = Math.min(1, Math.max(0, along));
  return Math.hypot(x - ax - t * (bx - ax), y - ay - t * (by - ay));
}
