import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';
import { buildSite, CHROMIUM, hasChromium, launchChromium } from '../browser.mjs';

type SiteOptions = Parameters<typeof buildSite>[0];

/** A page that has the function that its script gives to the window. */
export interface OpenPage<Call extends (...parameters: never[]) => Promise<unknown>> {
  page: Page;
  address: string;
  call(...parameters: Parameters<Call>): ReturnType<Call>;
  hasWebgpu(): Promise<boolean>;
}

/**
 * Describes tests of a page in Chromium, which are skipped where there is none.
 *
 * @param prepare The page and what it needs.
 * @param name Of the function on the page's window.
 * @param tests Opens the page; `listen` is called before it loads.
 */
export function describeInChromium<Call extends (...parameters: never[]) => Promise<unknown>>(
  title: string,
  prepare: () => SiteOptions | Promise<SiteOptions>,
  name: string,
  tests: (open: (listen?: (page: Page) => void) => Promise<OpenPage<Call>>) => void,
): void {
  describe.skipIf(!hasChromium)(
    `${title} (skipped where ${CHROMIUM} is absent: install Chromium or set CHROMIUM)`,
    () => {
      let site: Awaited<ReturnType<typeof buildSite>>;
      let browser: Browser;
      beforeAll(async () => {
        site = await buildSite(await prepare());
        browser = await launchChromium();
      });
      afterAll(async () => {
        await browser?.close();
        site?.close();
      });
      tests(async (listen) => {
        const page = await browser.newPage();
        // A page that computes on a GPU without one keeps a busy machine for longer than Playwright waits.
        page.setDefaultTimeout(600_000);
        listen?.(page);
        await page.goto(site.address);
        await page.waitForFunction(`window.${name}`);
        return {
          page,
          address: site.address,
          call: (...parameters) =>
            page.evaluate(
              ([fn, given]) => (window as unknown as Record<string, (...given: unknown[]) => never>)[fn]!(...given),
              [name, parameters] as const,
            ) as ReturnType<Call>,
          hasWebgpu: () => page.evaluate(async () => Boolean(await navigator.gpu?.requestAdapter())),
        };
      });
    },
  );
}
