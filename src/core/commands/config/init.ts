import type { Command } from '../command.ts';

export const configInit: Command = {
  id: 'config.init',
  title: 'Create configuration file',
  summary: 'Write a commented configuration file',
  description: 'An existing file is left alone; `--force` replaces it and keeps it beside the new one.',
  params: [
    {
      type: 'flag',
      position: 'option',
      name: 'force',
      help: 'Replace an existing file; it is kept under another name',
    },
  ],
  needs: [],
  effect: 'write',
  async run(engine, params) {
    const [{ sampleConfig }, { timestamp }] = await Promise.all([
      import('../../config/sample.ts'),
      import('../../ports/clock.ts'),
    ]);
    const { path } = engine.config;
    const existing = await engine.files.readText(path);
    if (existing !== undefined && params.force !== true) {
      return {
        type: 'message',
        text: `${path} exists already; nothing was changed.`,
        details: ['Replace it with --force; the old one is kept.'],
        data: { path, created: false },
      };
    }
    let backup: string | undefined;
    if (existing !== undefined) {
      backup = await freeName(engine.files, `${path}.${timestamp(engine.clock.now()).replaceAll(/[:-]/g, '')}.bak`);
      await engine.files.write(backup, existing, { mode: 0o600 });
    }
    await engine.files.write(path, sampleConfig(), { mode: 0o600 });
    engine.config.refresh();
    const { problems } = await engine.config.check();
    return {
      type: 'message',
      text: `Wrote ${path}.`,
      details: [
        ...(backup === undefined ? [] : [`The old file is ${backup}.`]),
        ...problems
          .filter((problem) => problem.severity === 'error')
          .map((problem) => `Line ${problem.start.line}: ${problem.message}. ${problem.hint ?? ''}`.trimEnd()),
        'Next: agentworks config edit',
      ],
      data: { path, created: true, backup },
    };
  },
};

async function freeName(files: { info(path: string): Promise<unknown> }, path: string): Promise<string> {
  for (let count = 1; ; count++) {
    const candidate = count === 1 ? path : `${path}.${count}`;
    if ((await files.info(candidate)) === undefined) return candidate;
  }
}
