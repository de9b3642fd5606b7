import type { Browser } from 'playwright-core';

export const CHROMIUM: string;
export const hasChromium: boolean;
export const browserDevices: ('wasm' | 'webgpu')[];
export function launchChromium(): Promise<Browser>;
export function buildSite(options: SiteOptions): Promise<Site>;

export interface SiteOptions {
  page: string;
  packages?: Record<string, string>;
  files?: Record<string, string>;
}

export interface Site {
  address: string;
  close(): void;
}
