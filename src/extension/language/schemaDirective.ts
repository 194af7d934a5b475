/** Beside config.toml. */
export const schemaFileName = 'config.schema.json';

/** What goes before the first line so that Tombi and Taplo find the schema; undefined where the file names one. */
export function directiveFor(text: string): string | undefined {
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*#:schema\s/.test(line)) return undefined;
    // It counts in the header only: before anything but comments.
    if (!/^\s*(#.*)?$/.test(line)) break;
  }
  return `#:schema ./${schemaFileName}${text.includes('\r\n') ? '\r\n' : '\n'}`;
}
