import { Session } from 'node:inspector/promises';

/** A text that only this part of the pack has, and that survives minification. */
const marks = {
  ssh2: 'ssh2js',
  'sql.js': 'sqlite3_prepare_v2',
  'language client': 'Client got disposed',
} as const;

export type HeavyPart = keyof typeof marks;

/** The heavy parts of our pack that this extension host has compiled; `require.cache` does not know chunks of a pack. */
export async function heavyPartsLoaded(): Promise<HeavyPart[]> {
  const session = new Session();
  session.connect();
  try {
    const ids: string[] = [];
    session.on('Debugger.scriptParsed', ({ params }) => {
      if (/agentworks\.chunks|extension\.cjs/.test(params.url)) ids.push(params.scriptId);
    });
    await session.post('Debugger.enable');
    const sources = await Promise.all(
      ids.map(async (scriptId) => (await session.post('Debugger.getScriptSource', { scriptId })).scriptSource),
    );
    if (sources.length === 0) throw new Error('No script of the extension was found.');
    return (Object.keys(marks) as HeavyPart[]).filter((part) => sources.some((text) => text.includes(marks[part])));
  } finally {
    session.disconnect();
  }
}
