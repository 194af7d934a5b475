import { basename } from 'node:path';
import { transform } from 'esbuild';

/**
 * Node parses the whole of a file before it runs the first line, so a program of some megabytes is slow to say
 * even `--help`. Here only the entry is code. Every other chunk of a split build is a line of comment at the end of the
 * same file, as a JSON string; it is read and compiled when it is first imported.
 */
export async function packChunks(outputFiles, programName, otherEntries) {
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
        return [`./${basename(file.path)}`, code];
      }),
    ),
  );
  const take = (name) => {
    const code = sources.get(`./${name}.js`);
    if (code === undefined) throw new Error(`The build has no entry ${name}`);
    sources.delete(`./${name}.js`);
    return code;
  };
  const program = take(programName);
  const others = otherEntries.map((name) => [name, take(name)]);
  const chunks = [...sources].map(([name, code]) => [name, ascii(JSON.stringify(code))]);
  const places = placesOf(chunks);
  // The index stands once more behind the chunks, for other entries: they stay small.
  const index = JSON.stringify(places);
  const trailer = `//${index}\n//${String(index.length).padStart(8, '0')}\n`;
  const head = (file, places) => `const __chunks=${file};\n${opened}\n${places}\n${loader}`;
  const body = (code) => `(function(require,module,exports){${code}\n})`;
  return {
    program: `#!/usr/bin/env node\n${head('__filename', `const __places=${index};const __trailer=${trailer.length};`)}\n${body(program)}(__load,{exports:{}},{});\n${chunks.map(([, json]) => `//${json}\n`).join('')}${trailer}`,
    // What another program loads: its entry is code of its own, its chunks are those of the program beside it.
    entries: Object.fromEntries(
      others.map(([name, code]) => [
        name,
        `${head(`require('node:path').join(__dirname,${JSON.stringify(`${programName}.cjs`)})`, indexed)}\n${body(code)}(__load,module,module.exports);\n`,
      ]),
    ),
  };
}

/** One character beyond ASCII would make V8 keep the whole file as two bytes a character, and read it half as fast. */
const ascii = (text) => text.replace(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Places are counted from the end of the chunks, so that they do not depend on how long the index is. */
function placesOf(chunks) {
  const places = {};
  let fromEnd = 0;
  for (const [name, json] of [...chunks].reverse()) {
    fromEnd += json.length + 1;
    places[name] = [fromEnd, json.length];
    fromEnd += 2;
  }
  return places;
}

/** Bytes of the file at places counted from its end. */
const opened = `// Opened at once: an update may put another file in this place while we run.
const __file = require('node:fs').openSync(__chunks, 'r');
function __bytes(fromEnd, length) {
  const fs = require('node:fs');
  const bytes = Buffer.allocUnsafe(length);
  fs.readSync(__file, bytes, 0, length, fs.fstatSync(__file).size - fromEnd);
  return bytes.latin1Slice();
}`;

/** The index behind the chunks: eight digits say how long it is. */
const indexed = `const __trailer = Number(__bytes(9, 8)) + 14;
const __places = JSON.parse(__bytes(__trailer - 2, __trailer - 14));`;

/** `require` of the chunks: ours by name, Node's own modules as ever. Chunks may import each other in a circle. */
const loader = `const __fileUrl = require('node:url').pathToFileURL(__chunks).href;
const __modules = new Map();
const __read = ([fromEnd, length]) => JSON.parse(__bytes(__trailer + fromEnd, length));
function __load(name) {
  const place = __places[name];
  if (place === undefined) return require(name);
  const known = __modules.get(name);
  if (known !== undefined) return known.exports;
  const module = { exports: {} };
  __modules.set(name, module);
  const parameters = ['require', 'module', 'exports', '__filename', '__dirname', '__fileUrl'];
  const run = require('node:vm').compileFunction(__read(place), parameters, { filename: __chunks + name.slice(1) });
  run(__load, module, module.exports, __chunks, __dirname, __fileUrl);
  return module.exports;
}`;
