import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { transform } from 'esbuild';

/** The file beside the programs that their chunks are in. */
export const chunksName = 'agentworks.chunks';

/**
 * Node reads and scans the whole of a program's file before it runs the first line: 3 MB of it cost a quarter of an empty
 * start, even as comments. So a program is its entry alone, and the other chunks of a split build stand one after the other
 * in a file beside it, from which they are read and compiled when they are first imported. What the entry `program` needs at
 * once is with it, too; `others` are entries in one piece, by name.
 *
 * Chunks that the same ones of `starts` need are read and compiled at once. A start is a list of source files that some
 * start of a program imports in any case.
 */
export async function packChunks({ outputFiles, metafile }, program, others, starts) {
  const sources = new Map(
    await Promise.all(
      outputFiles.map(async (file) => {
        const { code } = await transform(file.text, {
          format: 'cjs',
          target: 'node20',
          minify: true,
          legalComments: 'none',
          supported: { 'dynamic-import': false },
        });
        return [basename(file.path), code];
      }),
    ),
  );
  const take = (name) => {
    const code = sources.get(name);
    if (code === undefined) throw new Error(`The build has no ${name}`);
    sources.delete(name);
    return code;
  };
  const needs = needed(metafile.outputs, `dist/${program}.js`).filter((one) => one !== `${program}.js`);
  const own = asObject(needs.map((one) => [one, sources.get(one)]));
  const main = `Object.assign(__functions,${own});\n${asMain(take(`${program}.js`))}`;
  if (main.includes('__fileUrl')) throw new Error('An entry asks where it is');
  const groups = groupsOf(metafile, starts, [...sources.keys()]);
  const texts = groups.map((names) => `return${asObject(names.map((name) => [name, take(name)]))}`);
  const places = {};
  let offset = 0;
  for (const [index, text] of texts.entries()) {
    const length = Buffer.byteLength(text);
    for (const name of groups[index]) places[`./${name}`] = [offset, length];
    offset += length + 1;
  }
  const index = JSON.stringify(places);
  const body = `${index}\n${texts.join('\n')}\n`;
  const id = createHash('sha256').update(body).digest('hex').slice(0, 16);
  // What a program needs to know of the file: where the index ends, and that it is the one that it was built with.
  const { code } = await transform(loader, { minify: true, target: 'node20' });
  const head = `const __id=${JSON.stringify(id)},__indexLength=${Buffer.byteLength(index)};\n${code}`;
  const entries = [[program, main], ...Object.entries(others).map(([name, text]) => [name, asMain(text)])];
  return {
    chunks: `${id}\n${body}`,
    programs: Object.fromEntries(entries.map(([name, text]) => [name, `${head}${text}`])),
  };
}

/** In brackets, which tells V8 to compile it now and not to skip it first. */
const asFunction = (code) => `(function(require,module,exports){${code}\n})`;

const asMain = (code) => `${asFunction(code)}(__load,module,module.exports);\n`;

const asObject = (chunks) => `{${chunks.map(([name, code]) => `"./${name}":${asFunction(code)}`).join(',\n')}}`;

/** The chunks that these import without waiting, with all that those need, and themselves. */
function needed(outputs, ...paths) {
  const seen = new Set();
  const visit = (path) => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const { path: next, kind } of outputs[path].imports)
      if (kind === 'import-statement' && next in outputs) visit(next);
  };
  for (const path of paths) visit(path);
  return [...seen].map((path) => basename(path));
}

/** The chunks of each file that one of the starts imports, and all that these import without waiting. */
function groupsOf({ outputs }, starts, names) {
  const chunkOf = new Map(
    Object.entries(outputs).flatMap(([path, { entryPoint }]) => (entryPoint ? [[entryPoint, path]] : [])),
  );
  const reached = (files) => {
    const paths = files.map((file) => {
      const path = chunkOf.get(file);
      if (path === undefined) throw new Error(`${file} is not imported anywhere`);
      return path;
    });
    return new Set(needed(outputs, ...paths));
  };
  const sets = starts.map(reached);
  const groups = new Map();
  for (const name of names) {
    const needs = sets.flatMap((set, index) => (set.has(name) ? [index] : []));
    const key = needs.length === 0 ? name : String(needs);
    groups.set(key, [...(groups.get(key) ?? []), name]);
  }
  return [...groups.values()];
}

/** `require` of the chunks: ours by name, Node's own modules as ever. Chunks may import each other in a circle. */
const loader = `const __chunks = require('node:path').join(__dirname, '${chunksName}');
const __fs = require('node:fs');
const __stop = (why) => {
  const message = 'Agentworks is not installed completely: ' + why + '. Install it again.';
  if (require.main !== module) throw new Error(message);
  process.stderr.write('Error: ' + message + '\\n');
  process.exit(1);
};
// Opened with the first chunk, and once: an update may put another file in this place while we run.
let __opened;
const __open = () => {
  let file;
  try {
    file = __fs.openSync(__chunks, 'r');
  } catch (error) {
    __stop(error.message);
  }
  const text = (offset, length) => {
    const bytes = Buffer.allocUnsafe(length);
    const count = __fs.readSync(file, bytes, 0, length, offset);
    return bytes.utf8Slice(0, count);
  };
  const start = __id.length + 1 + __indexLength + 1;
  const header = text(0, start);
  if (!header.startsWith(__id)) __stop(__chunks + ' is of another version than ' + __filename);
  return { start, text, places: JSON.parse(header.slice(__id.length + 1)) };
};
// Each module that imports all of something as an object copies it, name by name; what it inherits it has without that.
// Packages that were compiled from modules take what says that it is one as it is.
let __vscode;
const __foreign = (name) => (name === 'vscode' ? (__vscode ??= Object.create(require(name), { __esModule: { value: true } })) : require(name));
// What V8 made of the chunks, which a program that names a folder has kept for its next start. V8 itself looks whether it fits
// its version and the text, and takes the rest on trust: so only from a file that nobody else can write.
const __code = {
  folder: undefined,
  made: [],
  keep() {
    for (const [script, path] of __code.made.splice(0)) {
      const part = path + '.' + process.pid;
      try {
        __fs.mkdirSync(__code.folder, { recursive: true, mode: 0o700 });
        __fs.writeFileSync(part, script.createCachedData(), { flag: 'wx', mode: 0o600, flush: true });
        __fs.renameSync(part, path);
      } catch {
        __fs.rmSync(part, { force: true });
      }
    }
    // Of versions that are gone. One that is still used keeps its own again.
    try {
      for (const name of __fs.readdirSync(__code.folder)) {
        const path = require('node:path').join(__code.folder, name);
        if (__fs.statSync(path).mtimeMs < Date.now() - 30 * 86_400_000) __fs.rmSync(path);
      }
    } catch {}
  },
};
const __kept = (path) => {
  try {
    const file = __fs.openSync(path, 'r');
    try {
      const { uid, mode } = __fs.fstatSync(file);
      const isOurs = process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0);
      return isOurs ? __fs.readFileSync(file) : undefined;
    } finally {
      __fs.closeSync(file);
    }
  } catch {}
};
const __compile = (name) => {
  const { start, text, places } = (__opened ??= __open());
  const [offset, length] = places[name];
  const { Script } = require('node:vm');
  const path = __code.folder && require('node:path').join(__code.folder, [process.versions.v8, __id, offset].join('-'));
  const cachedData = path && __kept(path);
  const code = '(function(__filename,__dirname,__fileUrl){' + text(start + offset, length) + '\\n})';
  const script = new Script(code, { filename: __chunks, cachedData });
  if (path && (cachedData === undefined || script.cachedDataRejected)) __code.made.push([script, path]);
  return script.runInThisContext()(__chunks, __dirname, require('node:url').pathToFileURL(__chunks).href);
};
const __functions = {};
const __modules = new Map();
function __load(name) {
  if (!name.startsWith('./')) return __foreign(name);
  const known = __modules.get(name);
  if (known !== undefined) return known.exports;
  if (!(name in __functions)) Object.assign(__functions, __compile(name));
  const module = { exports: {} };
  __modules.set(name, module);
  __functions[name](__load, module, module.exports);
  return module.exports;
}`;
