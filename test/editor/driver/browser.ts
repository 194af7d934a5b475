import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserContext } from 'playwright-core';

export interface BrowserOptions {
  width?: number;
  height?: number;
  /** 2 with half the size is what a person sees at 200 %. */
  zoom?: number;
  colorScheme?: 'dark' | 'light';
}

/** An empty profile; no page of it can reach anything but this machine. */
export async function startBrowser(directory: string, options: BrowserOptions = {}): Promise<BrowserContext> {
  const { chromium } = await import('playwright-core');
  const { width = 1280, height = 800, zoom = 1, colorScheme = 'dark' } = options;
  return chromium.launchPersistentContext(await mkdtemp(join(directory, 'chrome-')), {
    executablePath: '/usr/bin/chromium',
    headless: true,
    permissions: ['clipboard-read', 'clipboard-write'],
    viewport: { width: Math.round(width / zoom), height: Math.round(height / zoom) },
    deviceScaleFactor: zoom,
    colorScheme,
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
      ...['--disable-component-update', '--disable-sync', '--no-proxy-server', '--disable-dev-shm-usage'],
      '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
    ],
  });
}
