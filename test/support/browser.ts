import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';

const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A real Chromium with an empty profile. */
export interface Browser {
  /** Opens a page that notes what goes wrong in it. */
  open(options?: PageOptions): Promise<WatchedPage>;
  closePages(): Promise<void>;
  close(): Promise<void>;
}

/** How a page is looked at. */
export interface PageOptions {
  width?: number;
  height?: number;
  scheme?: 'light' | 'dark';
}

/** A page, and all that went wrong in it: console errors, exceptions, violations of the CSP, failed requests. */
export interface WatchedPage {
  page: Page;
  faults: string[];
}

/** The path of the browser. @throws Error that says what is missing, when there is none */
export function findChromium(): string {
  if (existsSync(CHROMIUM)) return CHROMIUM;
  throw new Error(
    `The page tests need Chromium at ${CHROMIUM}, which is not there. On Debian: apt-get install chromium`,
  );
}

/**
 * Starts Debian's Chromium.
 * @throws Error that says what is missing, when there is none
 */
export async function startBrowser(): Promise<Browser> {
  findChromium();
  const profile = await mkdtemp(join(tmpdir(), 'plumbline-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    args: ARGS,
    viewport: null,
  });
  return {
    open: (options = {}) => openPage(context, options),
    closePages: async () => {
      await Promise.all(context.pages().map((page) => page.close()));
    },
    close: async () => {
      await context.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function openPage(context: BrowserContext, options: PageOptions): Promise<WatchedPage> {
  const page = await context.newPage();
  await page.setViewportSize({ width: options.width ?? 1320, height: options.height ?? 900 });
  await page.emulateMedia({ colorScheme: options.scheme ?? 'light', reducedMotion: 'reduce' });
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`exception: ${error.message}`));
  await page.addInitScript(
    `addEventListener('securitypolicyviolation', (event) => console.error('CSP: ' + event.violatedDirective + ' ' + event.blockedURI));`,
  );
  return { page, faults };
}
