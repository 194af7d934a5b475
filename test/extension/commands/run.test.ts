import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Command, CommandIo, ParamValues } from '../../../src/core/commands/command.ts';
import type { Output } from '../../../src/core/commands/output.ts';
import type { Engine } from '../../../src/core/engine.ts';
import { AppError } from '../../../src/core/errors.ts';
import { nonInteractiveAsk } from '../../../src/core/nonInteractiveAsk.ts';
import { newOwner } from '../../../src/core/store/lockOwner.ts';
import { createAskScope } from '../../../src/extension/adapters/askScope.ts';
import { TextDocuments } from '../../../src/extension/commands/documents.ts';
import { Journal } from '../../../src/extension/commands/journal.ts';
import { resumeUnfinished } from '../../../src/extension/commands/resume.ts';
import { perform, type RunParts, runVerb } from '../../../src/extension/commands/run.ts';
import { runOn } from '../../../src/extension/commands/runMany.ts';
import type { Parts, Values } from '../../../src/extension/parts.ts';
import { createNodeEngine } from '../../../src/node/createEngine.ts';
import { createNodeFiles } from '../../../src/node/nodeFiles.ts';
import { editor } from '../../fakes/vscode.ts';
import { openFront } from '../front.ts';

let home: string;
let engine: Engine;
const closing: (() => void)[] = [];

/** A window over a real engine; verbs are run by their commands, or by what the table has for them. */
function window(): {
  run: RunParts;
  log: string[];
  asked: { verb: string; values: Values | undefined }[];
  ended: string[];
} {
  const ended: string[] = [];
  const log: string[] = [];
  const asked: { verb: string; values: Values | undefined }[] = [];
  const scope = createAskScope(nonInteractiveAsk);
  engine = createNodeEngine({ ask: scope.ask, env: { HOME: home }, version: '0' });
  const own = engine;
  const write = (text: string): void => void log.push(text);
  const parts = {
    engine: async () => own,
    log: { info: write, error: write, debug: write, show: () => undefined },
    verbs: { run: async (verb: string, values?: Values) => void asked.push({ verb, values }) },
  } as unknown as Parts;
  const documents = new TextDocuments(openFront());
  const journal = new Journal(join(home, 'unfinished'), createNodeFiles(home));
  closing.push(() => {
    journal.close();
    documents.dispose();
    void own.close();
  });
  const run: RunParts = {
    parts,
    scope,
    documents,
    journal,
    takenOver: undefined,
    ended: (verb) => void ended.push(verb),
  };
  return { run, log, asked, ended };
}

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'agentworks-run-'));
  editor.reset();
});
afterEach(() => {
  for (const close of closing.splice(0)) close();
  rmSync(home, { recursive: true, force: true });
});

const command = (
  work: (params: ParamValues, io: CommandIo) => Promise<Output>,
  changes: Partial<Command> = {},
): Command => ({
  id: 'vm.delete',
  summary: 'Delete a VM',
  params: [
    { type: 'text', position: 'argument', name: 'name', help: 'VM', isRequired: true, source: { kind: 'vm' } },
    { type: 'flag', position: 'option', name: 'dry-run', help: 'Plan' },
  ],
  needs: [],
  effect: 'destroy',
  run: async (_engine, params, io) => work(params, io),
  ...changes,
});

const done: Output = { type: 'message', text: 'Done' };
const left = (): string[] => readdirSync(join(home, 'unfinished'));

/** Deletes after a consent; what it would do is `1 session`. */
const deleting = (ran: ParamValues[]) =>
  command(async (params) => {
    if (params.dryRun === true) return { type: 'message', text: 'It would remove:', details: ['1 session'] };
    if (!(await engine.ask.confirm({ message: "Delete VM 'dev'?", details: ['1 session'], flag: '--yes' })))
      throw new AppError('aborted', 'Nothing was deleted.');
    ran.push(params);
    return done;
  });

describe('a verb in the editor', () => {
  it('asks in a modal that names what would be lost, and does nothing after a No', async () => {
    const { run } = window();
    const ran: ParamValues[] = [];
    editor.answer = () => 'No';
    expect(await runVerb(run, deleting(ran), { name: 'dev' })).toBeUndefined();
    expect(editor.messages).toEqual([
      {
        level: 'warning',
        text: "Delete VM 'dev'?",
        options: { modal: true, detail: '1 session' },
        actions: ['Show plan', 'Delete', 'No'],
      },
    ]);
    expect(ran).toEqual([]);
    expect(left()).toEqual([]);
  });

  it('shows its plan as a document and leaves the question open beside it', async () => {
    const { run } = window();
    const ran: ParamValues[] = [];
    editor.answer = (_text, choices) => (choices.includes('Show plan') ? 'Show plan' : 'Delete');
    expect(await runVerb(run, deleting(ran), { name: 'dev' })).toEqual(done);
    expect(editor.documents.get('Plan: Delete VM dev')).toBe('It would remove:\n  1 session\n');
    expect(editor.messages.map(({ options }) => options?.modal === true)).toEqual([true, false, false]);
    expect(ran).toEqual([{ name: 'dev' }]);
  });

  it('shows its steps with a link to the log, where no text of a machine comes to life and no secret stands', async () => {
    const { run, log } = window();
    const hostile = '\u001b]0;x\u0007[click](command:workbench.action.quit) $(trash)';
    await runVerb(
      run,
      command(async (_params, io) => {
        engine.secrets.register('hunter2-token');
        io.report({ type: 'operation', id: 'o', title: 'Remove', vm: 'dev', steps: 1, logPath: undefined });
        io.report({ type: 'info', text: `${hostile} hunter2-token` });
        return { type: 'message', text: hostile };
      }),
      { name: 'dev' },
    );
    const [shown] = editor.progress;
    expect(shown?.title).toBe('Delete VM dev ([Show log](command:agentworks.showLog))');
    expect(shown?.messages[0]).toBe('Remove');
    for (const text of [...(shown?.messages ?? []), ...editor.messages.map((one) => one.text)]) {
      expect(text).not.toMatch(/\]\(|\$\(|\u001b/);
    }
    expect(log.join('\n')).toContain('[REDACTED]');
    expect(log.join('\n')).not.toContain('hunter2-token');
  });

  it('ends when its notification is cancelled, and says what that left', async () => {
    const { run } = window();
    const ending = runVerb(
      run,
      command(
        (_params, io) =>
          new Promise((_resolve, reject) => {
            const error = new AppError('aborted', 'Cancelled.', { hint: 'What was done stays.' });
            io.signal.addEventListener('abort', () => reject(error));
          }),
      ),
      { name: 'dev' },
    );
    await vi.waitFor(() => expect(editor.progress).toHaveLength(1));
    await vi.waitFor(() => expect(left()).toHaveLength(1));
    editor.progress[0]?.cancel();
    expect(await ending).toBeUndefined();
    expect(editor.messages).toMatchObject([{ level: 'warning', text: 'Cancelled.\nWhat was done stays.' }]);
    expect(left()).toEqual([]);
  });

  it('never throws: an error is shown with what to do, and with a button that does it', async () => {
    const { run, asked } = window();
    editor.answer = () => 'Try again';
    const failing = command(async () => {
      throw new AppError('unreachable', 'VM dev does not answer.', { hint: 'Is it running?' });
    });
    expect(await runVerb(run, failing, { name: 'dev' })).toBeUndefined();
    expect(editor.messages).toMatchObject([
      { level: 'error', text: 'VM dev does not answer.\nIs it running?', actions: ['Try again', 'Show log'] },
    ]);
    await vi.waitFor(() => expect(asked).toEqual([{ verb: 'vm.delete', values: { name: 'dev' } }]));
    const odd = command(() => Promise.reject('a text'));
    expect(await runVerb(run, odd, { name: 'dev' })).toBeUndefined();
  });

  it('asks once for many, with what each would lose', async () => {
    const { run } = window();
    editor.answer = () => undefined;
    const names = ['a', 'b'].map((name) => ({ kind: 'vm' as const, name }));
    await runOn(run, 'vm.delete', names);
    const [question, ...others] = editor.messages;
    expect(question).toMatchObject({ text: 'Delete VM (2)?', actions: ['Show plan', 'Delete'] });
    expect(question?.options?.detail).toMatch(/Delete VM a\n.*\nDelete VM b\n/s);
    expect(others).toEqual([]);
  });
});

describe('a verb whose window is gone', () => {
  /** The next window, after the process of the one before has ended. */
  async function next(): Promise<ReturnType<typeof window>> {
    for (const close of closing.splice(0)) close();
    const owner = { ...(await newOwner(0)), pid: 2 ** 22 + 1 };
    for (const name of left()) {
      const path = join(home, 'unfinished', name);
      writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), owner }));
    }
    editor.reset();
    return window();
  }

  it('goes on in the next one with the same answers', async () => {
    const before = window();
    editor.answer = () => 'Delete';
    let isWorking = false;
    const hanging = command(async () => {
      await engine.ask.confirm({ message: "Delete VM 'dev'?", details: ['1 session'], flag: '--yes' });
      isWorking = true;
      return new Promise<Output>(() => undefined);
    });
    void runVerb(before.run, hanging, { name: 'dev' });
    await vi.waitFor(() => expect(isWorking).toBe(true));
    const { run } = await next();
    const [{ entry } = { entry: undefined }] = await run.journal.takeOver(Date.now());
    const ran: ParamValues[] = [];
    expect(await perform(run, deleting(ran), entry?.values ?? {}, {}, entry)).toEqual(done);
    expect(ran).toEqual([{ name: 'dev' }]);
    // Nobody was asked a second time.
    expect(editor.messages.map(({ text }) => text)).toEqual(['Done']);
    expect(left()).toEqual([]);
  });

  it('waits for a word when a question was open', async () => {
    const before = window();
    const entry = await before.run.journal.begin('state.export', { path: join(home, 'out.db') });
    await before.run.journal.bookOf(entry).setAsking(true);
    const { run } = await next();
    editor.answer = () => 'Leave it';
    void resumeUnfinished(run);
    await vi.waitFor(() => expect(editor.messages).toHaveLength(1));
    expect(editor.messages[0]?.text).toMatch(/was waiting for an answer/);
    await vi.waitFor(() => expect(left()).toEqual([]));
    expect(editor.progress).toEqual([]);
  });

  it('is run again by itself when it was reloaded', async () => {
    const before = window();
    await before.run.journal.begin('state.export', { path: join(home, 'out.db') });
    const { run, ended } = await next();
    void resumeUnfinished(run);
    await vi.waitFor(() => expect(left()).toEqual([]), { timeout: 15_000 });
    expect(ended).toEqual(['state.export']);
    expect(editor.progress.map(({ title }) => title)).toEqual([
      expect.stringContaining('Export state for the Python CLI'),
    ]);
    expect(readdirSync(home)).toContain('out.db');
  });
});
