import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Process } from '../ports/process.ts';

/** A place with Debian packages that this machine uses. */
export interface AptPlace {
  uri: string;
  kind: 'main' | 'security';
}

/** Suites of Debian itself; sources of other distributions and vendors have none of these. */
const debianSuite = /^(?:buster|bullseye|bookworm|trixie|forky|sid|oldstable|stable|testing|unstable)(?:[-/].*)?$/;

const kindOf = (suite: string): AptPlace['kind'] => (/(?:-security|\/updates)$/.test(suite) ? 'security' : 'main');

/** `deb [options] URI SUITE COMPONENT…` lines. */
function parseOneLine(text: string): { uri: string; suite: string; components: string[] }[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+([^#]*)/.exec(line);
    const [, uri, suite, components] = match ?? [];
    return uri === undefined || suite === undefined
      ? []
      : [{ uri, suite, components: (components ?? '').trim().split(/\s+/) }];
  });
}

/** The deb822 form: stanzas of `Field: value`, continued by indented lines. */
function parseStanzas(text: string): { uri: string; suite: string; components: string[] }[] {
  return text.split(/\n(?:[ \t]*\n)+/).flatMap((stanza) => {
    const lines = stanza.split('\n').filter((line) => !line.startsWith('#'));
    const fields = new Map<string, string>();
    let last = '';
    for (const line of lines) {
      const match = /^([A-Za-z-]+):(.*)$/.exec(line);
      if (match?.[1] !== undefined) {
        last = match[1].toLowerCase();
        fields.set(last, (match[2] ?? '').trim());
      } else if (/^\s/.test(line)) fields.set(last, `${fields.get(last) ?? ''} ${line.trim()}`);
    }
    const words = (field: string): string[] => (fields.get(field) ?? '').split(/\s+/).filter(Boolean);
    if (fields.get('enabled')?.toLowerCase() === 'no' || !words('types').includes('deb')) return [];
    return words('uris').flatMap((uri) =>
      words('suites').map((suite) => ({ uri, suite, components: words('components') })),
    );
  });
}

/** Debian's places in the text of apt's source files, in their order, each once. */
export function debianPlaces(sources: readonly { name: string; text: string }[]): AptPlace[] {
  const found = sources.flatMap(({ name, text }) =>
    name.endsWith('.sources') ? parseStanzas(text) : parseOneLine(text),
  );
  const places = found
    .filter(({ suite, components, uri }) => {
      return debianSuite.test(suite) && components.includes('main') && /^(?:https?|file|mirror\+)/.test(uri);
    })
    .map(({ uri, suite }): AptPlace => ({ uri: uri.replace(/\/+$/, ''), kind: kindOf(suite) }));
  return places.filter((one, i) => places.findIndex((other) => other.uri === one.uri && other.kind === one.kind) === i);
}

/** Lines for Debian 12 from those places; empty where the machine is no Debian: mmdebstrap then uses Debian's own. */
export function bookwormSources(places: readonly AptPlace[]): string[] {
  const main = places.filter((place) => place.kind === 'main');
  if (main.length === 0) return [];
  const security = places.filter((place) => place.kind === 'security');
  return [
    ...main.flatMap(({ uri }) => [`deb ${uri} bookworm main`, `deb ${uri} bookworm-updates main`]),
    ...security.map(({ uri }) => `deb ${uri} bookworm-security main`),
  ];
}

export async function readAptSources(directory = '/etc/apt'): Promise<{ name: string; text: string }[]> {
  const parts = await readdir(join(directory, 'sources.list.d')).catch(() => []);
  const names = [
    'sources.list',
    ...parts
      .filter((name) => /\.(?:list|sources)$/.test(name))
      .sort()
      .map((name) => join('sources.list.d', name)),
  ];
  const read = names.map(async (name) => ({
    name,
    text: await readFile(join(directory, name), 'utf8').catch(() => ''),
  }));
  return Promise.all(read);
}

/** How the machine's own apt reaches them: proxies, and whether it takes a frozen archive. */
export async function aptAccessOptions(process: Process): Promise<string[]> {
  if ((await process.find('apt-config')) === undefined) return [];
  const dump = await process.run('apt-config', ['dump'], { timeoutMs: 20_000 });
  return dump.stdout
    .split('\n')
    .filter((line) => /^Acquire::(?:https?::[^ ]+|Check-Valid-Until|Check-Date|Retries) "[^"]+";$/.test(line))
    .map((line) => line.slice(0, -1));
}
