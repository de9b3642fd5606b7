import type { Browser } from 'playwright-core';

export const CHROMIUM: string;
export const hasChromium: boolean;
export const browserDevices: ('wasm' | 'webgpu')[];
export function launchChromium(): Promise<Browser>;
export function buildSite(options: {
  page: string;
  packages?: Record<string, string>;
  files?: Record<string, string>;
}): Promise<Site>;

export interface Site {
  address: string;
  close(): void;
}
