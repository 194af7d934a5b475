import { basename } from 'node:path';
import { transform } from 'esbuild';

/**
 * Node parses the whole of a file before it runs the first line, so a program of some megabytes is slow to say
 * even `--help`. Here only the entry is code; every other chunk of a split build is a string in the same file that is
 * compiled when it is first imported.
 */
export async function packChunks(outputFiles, entryName) {
  const sources = await Promise.all(
    outputFiles.map(async (file) => {
      const { code } = await transform(file.text, {
        format: 'cjs',
        target: 'node20',
        minify: true,
        keepNames: false,
        legalComments: 'none',
        supported: { 'dynamic-import': false },
      });
      return [`./${basename(file.path)}`, code];
    }),
  );
  const entry = sources.find(([name]) => name === `./${entryName}.js`)?.[1];
  if (entry === undefined) throw new Error(`The build has no entry ${entryName}`);
  const chunks = Object.fromEntries(sources.filter(([name]) => name !== `./${entryName}.js`));
  return `#!/usr/bin/env node
const __chunks=${JSON.stringify(chunks)};
${loader}
(function(require,module,exports){${entry}
})(__load,{exports:{}},{});
`;
}

/** `require` of the chunks: ours by name, Node's own modules as ever. Chunks may import each other in a circle. */
const loader = `const __fileUrl = require('node:url').pathToFileURL(__filename).href;
const __modules = new Map();
function __load(name) {
  const source = __chunks[name];
  if (source === undefined) return require(name);
  const known = __modules.get(name);
  if (known !== undefined) return known.exports;
  const module = { exports: {} };
  __modules.set(name, module);
  const run = require('node:vm').compileFunction(source, ['require', 'module', 'exports', '__fileUrl'], {
    filename: __filename + name.slice(1),
  });
  run(__load, module, module.exports, __fileUrl);
  return module.exports;
}`;
