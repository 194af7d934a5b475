import { appendFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'node:util';
import Mocha from 'mocha';

export interface TestReport {
  title: string;
  status: 'passed' | 'failed' | 'skipped';
  ms: number;
  error?: string;
}

/** Set by the runner: where mocha's lines go (the window's own log is full of other things), where the result goes, and what is run. */
const { AGENTWORKS_MOCHA_LOG, AGENTWORKS_MOCHA_RESULT, AGENTWORKS_MOCHA_GREP, AGENTWORKS_MOCHA_FILES } = process.env;

if (AGENTWORKS_MOCHA_LOG !== undefined) {
  Mocha.reporters.Base.consoleLog = (...args: unknown[]) =>
    appendFileSync(AGENTWORKS_MOCHA_LOG, `${format(...args)}\n`);
}

/** VS Code calls this in the extension host; what it resolves or throws becomes an exit code, which nobody can rely on. */
export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', color: false, timeout: 60_000 });
  if (AGENTWORKS_MOCHA_GREP) mocha.grep(AGENTWORKS_MOCHA_GREP);
  const wanted = new RegExp(`^(?:${AGENTWORKS_MOCHA_FILES ?? '.*'})\\.test\\.cjs$`);
  for (const name of readdirSync(__dirname).sort()) if (wanted.test(name)) mocha.addFile(join(__dirname, name));
  const tests: TestReport[] = [];
  const failures = await new Promise<number>((resolve) => {
    const runner = mocha.run(resolve);
    const add = (status: TestReport['status']) => (test: Mocha.Test, error?: Error) => {
      tests.push({
        title: test.fullTitle(),
        status,
        ms: test.duration ?? 0,
        ...(error === undefined ? {} : { error: error.stack ?? String(error) }),
      });
    };
    runner.on('pass', add('passed'));
    runner.on('fail', add('failed'));
    runner.on('pending', add('skipped'));
  });
  if (AGENTWORKS_MOCHA_RESULT !== undefined) writeFileSync(AGENTWORKS_MOCHA_RESULT, JSON.stringify(tests));
  if (failures > 0) throw new Error(`${failures} tests failed`);
}
