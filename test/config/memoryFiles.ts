import type { FileInfo, Files } from '../../src/core/ports/files.ts';

/** A disk of texts. Paths are keys; `modes` default to 0600. */
export function memoryFiles(
  contents: Record<string, string> = {},
  modes: Record<string, number> = {},
): Files & {
  contents: Map<string, string>;
} {
  const store = new Map(Object.entries(contents));
  const info = (path: string): FileInfo | undefined => {
    const text = store.get(path);
    if (text !== undefined) return { kind: 'file', size: text.length, mode: modes[path] ?? 0o600, modifiedMs: 0 };
    const isFolder = [...store.keys()].some((key) => key.startsWith(`${path}/`));
    return isFolder ? { kind: 'directory', size: 0, mode: 0o700, modifiedMs: 0 } : undefined;
  };
  return {
    contents: store,
    home: '/home/operator',
    readText: async (path) => store.get(path),
    readBytes: async (path) => {
      const text = store.get(path);
      return text === undefined ? undefined : new TextEncoder().encode(text);
    },
    info: async (path) => info(path),
    list: async (path) =>
      [...store.keys()].filter((key) => key.startsWith(`${path}/`)).map((key) => key.slice(path.length + 1)),
    write: async (path, data) => {
      store.set(path, typeof data === 'string' ? data : new TextDecoder().decode(data));
    },
    append: async (path, data) => {
      store.set(path, (store.get(path) ?? '') + data);
    },
    makeDirectory: async () => {},
    remove: async (path) => {
      for (const key of [...store.keys()]) if (key === path || key.startsWith(`${path}/`)) store.delete(key);
    },
    rename: async (from, to) => {
      const text = store.get(from);
      if (text === undefined) throw Object.assign(new Error('missing'), { code: 'ENOENT', path: from });
      store.delete(from);
      store.set(to, text);
    },
    watch: () => () => {},
  };
}
