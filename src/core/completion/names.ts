const bare = '[A-Za-z0-9_-]+';
const header = new RegExp(`^\\s*\\[\\s*(${bare})\\s*\\.\\s*(?:(${bare})|"([^"\\\\]+)"|'([^']+)')\\s*[.\\]]`, 'gm');

/** Names from the headers of a file that does not parse, as it is while somebody edits it. */
function namesFromHeaders(text: string): Record<string, string[]> {
  const tables: Record<string, string[]> = {};
  for (const [, table = '', plain, double, single] of text.matchAll(header)) {
    const name = plain ?? double ?? single ?? '';
    const names = tables[table] ?? [];
    if (!names.includes(name)) tables[table] = [...names, name];
  }
  return tables;
}

/** Member names of every table of a configuration, valid or not: `{ vm_templates: ['dev'] }`. */
export async function configNames(text: string): Promise<Record<string, string[]>> {
  const { parse } = await import('smol-toml');
  try {
    const members = Object.entries(parse(text)).map(([table, value]): [string, string[]] => [
      table,
      typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [],
    ]);
    return Object.fromEntries(members);
  } catch {
    return namesFromHeaders(text);
  }
}
