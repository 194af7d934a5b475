import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

/** Draws media/icon.png, which the Marketplace wants as pixels, from media/icon.svg. Needs Chromium (Debian's by default). */
const media = join(import.meta.dirname, '..', 'media');
const side = 256;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  // Root has no other way to run it.
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
try {
  const page = await browser.newPage({ viewport: { width: side, height: side } });
  await page.setContent(`<body style="margin:0">${await readFile(join(media, 'icon.svg'), 'utf8')}</body>`);
  await writeFile(join(media, 'icon.png'), await page.screenshot({ omitBackground: true }));
} finally {
  await browser.close();
}
