import { readFileSync } from "node:fs";
import type { Plugin } from "vite";
import { bezier, capsule, circle, drawPng, type Layer, polygon, ring, roundedSquare } from "./raster.ts";

/**
 * Draws the app's icons, the notification icons (one shape a severity, as on every screen) and the web app manifest.
 * Drawn at build time, so that the repository holds no binaries; colours come from tokens.css, their only place.
 */
export function appIcons(): Plugin {
  return {
    name: "watchbell-app-icons",
    apply: "build",
    generateBundle() {
      const tokens = readTokens();
      const emit = (fileName: string, source: string | Buffer) => this.emitFile({ type: "asset", fileName, source });
      const bell = bellLayers(tokens("--on-primary"));
      const tile = { shape: roundedSquare(28, 8), colour: tokens("--primary") };
      const full: Layer = { shape: () => true, colour: tokens("--primary") };
      emit("icon.svg", iconSvg(tokens("--primary"), tokens("--on-primary")));
      emit("icon-192.png", drawPng(192, 28, [tile, ...bell]));
      emit("icon-512.png", drawPng(512, 28, [tile, ...bell]));
      emit("icon-180.png", drawPng(180, 28, [full, ...bell]));
      emit("icon-maskable-512.png", drawPng(512, 28, [full, ...bell]));
      emit("badge-96.png", drawPng(96, 28, bellLayers(tokens("--on-primary"))));
      for (const [severity, layers] of Object.entries(severityLayers(tokens))) {
        emit(`icon-${severity}-192.png`, drawPng(192, 22, layers));
      }
      emit("manifest.webmanifest", manifest(tokens("--bg", "dark")));
    },
  };
}

/** Reads a colour of tokens.css: the light theme's, unless told otherwise. */
function readTokens(): (name: string, theme?: "light" | "dark") => string {
  const css = readFileSync(new URL("../styles/tokens.css", import.meta.url), "utf8");
  return (name, theme = "light") => {
    const block = css.slice(css.indexOf(`:root[data-theme="${theme}"] {`));
    const colour = new RegExp(`${name}: (#[0-9A-Fa-f]{6});`).exec(block)?.[1];
    if (!colour) throw new Error(`tokens.css has no colour ${name}`);
    return colour;
  };
}

const BELL_PATH =
  "M14 6.2c-3.5 0-5.7 2.6-5.7 6.1 0 3.4-.8 4.9-1.9 6.1-.4.5-.1 1.2.5 1.2h14.2c.6 0 .9-.7.5-1.2-1.1-1.2-1.9-2.7-1.9-6.1 0-3.5-2.2-6.1-5.7-6.1z";

/** The bell of BELL_PATH as layers. */
function bellLayers(colour: string): Layer[] {
  const body = polygon([
    [14, 6.2],
    ...bezier([14, 6.2], [10.5, 6.2], [8.3, 8.8], [8.3, 12.3]),
    ...bezier([8.3, 12.3], [8.3, 15.7], [7.5, 17.2], [6.4, 18.4]),
    ...bezier([6.4, 18.4], [6, 18.9], [6.3, 19.6], [6.9, 19.6]),
    [21.1, 19.6],
    ...bezier([21.1, 19.6], [21.7, 19.6], [22, 18.9], [21.6, 18.4]),
    ...bezier([21.6, 18.4], [20.5, 17.2], [19.7, 15.7], [19.7, 12.3]),
    ...bezier([19.7, 12.3], [19.7, 8.8], [17.5, 6.2], [14, 6.2]),
  ]);
  const shapes = [body, circle(14, 21.6, 1.9), capsule([14, 4.2], [14, 6.2], 2)];
  return shapes.map((shape) => ({ shape, colour }));
}

function iconSvg(ground: string, ink: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 28 28"><rect width="28" height="28" rx="8" fill="${ground}"/><path d="${BELL_PATH}" fill="${ink}"/><circle cx="14" cy="21.6" r="1.9" fill="${ink}"/><path d="M14 4.2v2" stroke="${ink}" stroke-width="2" stroke-linecap="round"/></svg>\n`;
}

/** The shapes of parts/severity-mark.tsx for the notification's icon. */
function severityLayers(tokens: (name: string) => string): Record<string, Layer[]> {
  const paint = (name: string, ...shapes: Layer["shape"][]) => shapes.map((shape) => ({ shape, colour: tokens(name) }));
  const octagon = polygon([
    [7.1, 1.5],
    [14.9, 1.5],
    [20.5, 7.1],
    [20.5, 14.9],
    [14.9, 20.5],
    [7.1, 20.5],
    [1.5, 14.9],
    [1.5, 7.1],
  ]);
  const triangle = polygon(
    [
      [11, 3.7],
      [19, 17.3],
      [3, 17.3],
    ],
    2,
  );
  const diamond = polygon(
    [
      [11, 3.1],
      [18.9, 11],
      [11, 18.9],
      [3.1, 11],
    ],
    1.8,
  );
  const dashes = (x: number, y: number) =>
    Math.floor(((Math.atan2(y - 11, x - 11) + Math.PI) / Math.PI) * 10) % 2 === 0;
  const hoop = ring(11, 11, 8, 2.2);
  return {
    critical: [
      ...paint("--critical-solid", octagon),
      ...paint("--on-critical", capsule([11, 6.2], [11, 11.8], 2.4), circle(11, 15.6, 1.3)),
    ],
    high: [
      ...paint("--high-solid", triangle),
      ...paint("--on-high", capsule([11, 8], [11, 12.4], 2.2), circle(11, 16, 1.2)),
    ],
    medium: [...paint("--medium-solid", diamond), ...paint("--on-medium", capsule([7.5, 11], [14.5, 11], 2.2))],
    low: paint(
      "--low-solid",
      hoop,
      capsule([11, 7.2], [11, 14.2], 2.2),
      capsule([8.2, 11.6], [11, 14.4], 2.2),
      capsule([13.8, 11.6], [11, 14.4], 2.2),
    ),
    info: paint(
      "--info-solid",
      (x, y) => hoop(x, y) && dashes(x, y),
      capsule([11, 10.4], [11, 14.8], 2.2),
      circle(11, 7.2, 1.2),
    ),
  };
}

function manifest(ground: string): string {
  const icon = (src: string, sizes: string, purpose?: string) => ({
    src,
    sizes,
    type: "image/png",
    ...(purpose ? { purpose } : {}),
  });
  const content = {
    id: "/",
    name: "Watchbell",
    short_name: "Watchbell",
    description: "On-call for Azure: who is called, what is broken, what to do.",
    lang: "en",
    start_url: "/alerts",
    scope: "/",
    display: "standalone",
    background_color: ground,
    theme_color: ground,
    icons: [
      { src: "/icon.svg", sizes: "any", type: "image/svg+xml" },
      icon("/icon-192.png", "192x192"),
      icon("/icon-512.png", "512x512"),
      icon("/icon-maskable-512.png", "512x512", "maskable"),
    ],
    shortcuts: [{ name: "Open alerts", url: "/alerts" }],
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}
